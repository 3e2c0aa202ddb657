import { sql, type Kysely } from 'kysely'

/** Keeps whether a schedule is paused, for when Temporal has lost it; of those before, housekeeping asks Temporal. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table schedules add column paused boolean not null default false`.execute(db)
}
