import { sql, type Kysely } from 'kysely'

/** Lets what ended lately be counted without reading all that ever ended. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index experiments_by_end on experiments (finished_at)`.execute(db)
}
