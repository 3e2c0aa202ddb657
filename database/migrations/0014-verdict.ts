import { sql, type Kysely } from 'kysely'

/** Keeps the verdict of a tuning's report on its row, and the gain that was measured even where it is not settled. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table tunings
      drop column gain,
      add column gain double precision
        generated always as ((report->'gain'->>'ratio')::double precision) stored,
      add column verdict text generated always as (report->>'verdict') stored`.execute(db)
}
