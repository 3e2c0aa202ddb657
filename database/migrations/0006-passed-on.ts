import { sql, type Kysely } from 'kysely'

/**
 * Prepares for requests to be passed on as they are stored: what older versions did not know gets its default, and the
 * budget, which lists show, is kept on the row. Changes of who may sign in are announced.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    update tunings set spec =
      '{"runtime": {"kind": "process"}, "constraints": [], "rules": [], "baseline": {}, "search": "model", "transfer": [],
        "parallelism": 1, "priority": 0, "seed": 1}'::jsonb
      || spec
      || jsonb_build_object(
        'hardware', '{"labels": {}}'::jsonb || coalesce(spec->'hardware', '{}'),
        'budget', '{"experiments": 16, "stop": "off", "cutShort": false}'::jsonb || coalesce(spec->'budget', '{}'),
        'confirmation', '{"pairs": 3, "finalists": 2}'::jsonb || coalesce(spec->'confirmation', '{}'));

    alter table tunings add column budget_experiments integer not null
      generated always as ((spec->'budget'->>'experiments')::integer) stored;
    create index tunings_by_state on tunings (state);

    create function announce_access() returns trigger language plpgsql as $$
      begin
        perform pg_notify('redline_access', '');
        return null;
      end $$;
    create trigger users_announced after insert or update or delete on users
      for each statement execute function announce_access();
    create trigger sessions_announced after delete on sessions
      for each statement execute function announce_access();
    create trigger tokens_announced after delete or update of role, expires_at, user_name on tokens
      for each statement execute function announce_access();
  `.execute(db)
}
