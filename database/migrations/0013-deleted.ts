import { sql, type Kysely } from 'kysely'

/** Keeps deleted tunings for a while, out of sight. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table tunings add column deleted_at timestamptz;
    create index tunings_deleted on tunings (deleted_at) where deleted_at is not null;
  `.execute(db)
}
