import { sql, type Kysely } from 'kysely'

/** Keeps a place in its project for a tuning that is about to run again. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table tunings add column place_until timestamptz;
    create index tunings_with_place on tunings (project) where place_until is not null;
  `.execute(db)
}
