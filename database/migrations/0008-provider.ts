import { sql, type Kysely } from 'kysely'

/** Adds who a user is to the identity provider; null for one who signs in with a password. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table users add column subject text unique`.execute(db)
}
