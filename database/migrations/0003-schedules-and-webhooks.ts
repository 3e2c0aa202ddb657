import { sql, type Kysely } from 'kysely'

/** Adds schedules with the tunings they started, and webhooks with what is sent to them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table schedules (
      id text primary key,
      name text not null,
      spec jsonb not null,
      timing jsonb not null,
      created_at timestamptz not null default now()
    );

    alter table tunings
      add column schedule_id text references schedules on delete set null,
      add column comparison jsonb;
    create index tunings_by_schedule on tunings (schedule_id, created_at desc) where schedule_id is not null;

    create table webhooks (
      id text primary key,
      url text not null,
      events jsonb not null,
      secret text not null,
      created_at timestamptz not null default now()
    );

    create table webhook_deliveries (
      id text primary key,
      webhook_id text not null references webhooks on delete cascade,
      event text not null,
      tuning_id text not null,
      payload jsonb not null,
      state text not null default 'pending',
      attempts integer not null default 0,
      last_error text,
      created_at timestamptz not null default now(),
      unique (webhook_id, tuning_id, event)
    );
    create index webhook_deliveries_by_tuning on webhook_deliveries (tuning_id);
  `.execute(db)
}
