import { sql, type Kysely } from 'kysely'

/** Lets tunings be counted by state from an index alone, without those that were deleted. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    drop index tunings_by_state;
    create index tunings_by_state on tunings (state) where deleted_at is null;
  `.execute(db)
}
