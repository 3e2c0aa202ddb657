import { sql, type Kysely } from 'kysely'

/** Adds to plans what a measurement must still be able to reach. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table experiments add column hurdle double precision`.execute(db)
}
