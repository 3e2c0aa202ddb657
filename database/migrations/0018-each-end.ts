import { sql, type Kysely } from 'kysely'

/**
 * Lets each end of a tuning be told of, by when it was. The old constraint stays, as versions before need it for their
 * `on conflict`: it does not count rows without `event`, and what the event is the message says.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table webhook_deliveries alter column event drop not null;
    create unique index webhook_deliveries_by_end
      on webhook_deliveries (webhook_id, tuning_id, (payload->>'type'), (payload->>'timestamp'));
  `.execute(db)
}
