import { sql, type Kysely } from 'kysely'

/** Says who invited: what they gave ends with their own rights. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table invitations add column invited_by text references users on delete cascade`.execute(db)
}
