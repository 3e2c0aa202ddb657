import { sql, type Kysely } from 'kysely'

/** Creates the tables of tunings, experiments, events, logs, request records, hosts and leases. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table tunings (
      id text primary key,
      name text not null,
      spec jsonb not null,
      engine text not null,
      model text not null,
      state text not null,
      phase text not null,
      message text,
      idempotency_key text unique,
      created_at timestamptz not null default now(),
      started_at timestamptz,
      finished_at timestamptz,
      planned_count integer not null default 0,
      completed_count integer not null default 0,
      failed_count integer not null default 0,
      best_number integer,
      best_objective double precision,
      baseline_objective double precision,
      report jsonb,
      last_seq integer not null default 0
    );
    create index tunings_by_creation on tunings (created_at desc, id desc);
    create index tunings_by_name on tunings (lower(name), id);
    create index tunings_open on tunings (state) where state in ('pending', 'running', 'paused', 'cancelling');

    create table experiments (
      tuning_id text not null references tunings on delete cascade,
      number integer not null,
      kind text not null,
      configuration jsonb not null,
      reason text not null,
      role text,
      pair integer,
      state text not null,
      stage text not null,
      attempt integer not null default 1,
      planned_at timestamptz not null default now(),
      started_at timestamptz,
      finished_at timestamptz,
      result jsonb,
      objective double precision,
      feasible boolean,
      conditions jsonb,
      primary key (tuning_id, number)
    );

    create table events (
      tuning_id text not null references tunings on delete cascade,
      seq integer not null,
      at timestamptz not null default clock_timestamp(),
      body jsonb not null,
      primary key (tuning_id, seq)
    );

    create table engine_logs (
      tuning_id text not null,
      number integer not null,
      attempt integer not null,
      from_byte bigint not null,
      to_byte bigint not null,
      content text not null,
      primary key (tuning_id, number, attempt, from_byte),
      foreign key (tuning_id, number) references experiments on delete cascade
    );

    create table request_records (
      tuning_id text not null,
      number integer not null,
      content bytea not null,
      primary key (tuning_id, number),
      foreign key (tuning_id, number) references experiments on delete cascade
    );

    create table hosts (
      name text primary key,
      devices jsonb not null,
      engines jsonb not null,
      seen_at timestamptz not null default now()
    );

    create table leases (
      host text not null references hosts on delete cascade,
      device text not null,
      workflow_id text not null unique,
      acquired_at timestamptz not null default now(),
      primary key (host, device)
    );

    create table lease_waits (
      workflow_id text primary key,
      engine text not null,
      requested_at timestamptz not null default clock_timestamp()
    );
  `.execute(db)
}
