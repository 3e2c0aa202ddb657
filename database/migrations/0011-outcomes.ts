import { sql, type Kysely } from 'kysely'

/** Keeps on a tuning's row what the list shows of its experiments: a letter for each, how the best rose, the gain. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table tunings
      add column outcomes text not null default '',
      add column steps jsonb not null default '[]',
      add column gain double precision generated always as (
        case when report->>'verdict' in ('better', 'worse', 'no_difference')
          then (report->'gain'->>'ratio')::double precision end) stored;

    update tunings set outcomes = known.letters from (
      select tuning_id, string_agg(
        case
          when state = 'running' then 'r'
          when state = 'failed' then 'f'
          when state = 'cancelled' then 'c'
          when result->'measurement' ? 'cutShort' then 's'
          when feasible then 'm'
          else 'b' end, '' order by number) as letters
      from experiments group by tuning_id) known
    where id = tuning_id;

    with ended as (
      select tuning_id,
        row_number() over (partition by tuning_id order by experiments.finished_at, number) as after,
        case when coalesce(spec->'objective'->0, spec->'objective') ? 'minimize' then -1 else 1 end as sign,
        case when feasible and not excluded and kind <> 'confirmation' then objective end as objective
      from experiments join tunings on tunings.id = tuning_id
      where experiments.state in ('completed', 'failed')
    ), best as (
      select tuning_id, after,
        sign * max(sign * objective) over (partition by tuning_id order by after) as objective
      from ended
    ), changes as (
      select *, lag(objective) over (partition by tuning_id order by after) as before from best
    ), known as (
      select tuning_id, jsonb_agg(jsonb_build_object('after', after, 'objective', objective) order by after) as steps
      from changes where objective is distinct from before group by tuning_id
    )
    update tunings set steps = known.steps from known where id = tuning_id;
  `.execute(db)
}
