import { sql, type Kysely } from 'kysely'

/** Says of each change what was asked for, beside where. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table audit add column asked text`.execute(db)
}
