import { sql, type Kysely } from 'kysely'

/** Adds what actions on tunings need, and devices of many hosts; leases and hosts are announced anew. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table tunings add column run_id text, add column spent_ms double precision not null default 0;

    alter table events add column key text;
    create unique index events_by_key on events (tuning_id, key) where key is not null;

    alter table experiments
      add column confirms integer,
      add column replaces integer,
      add column excluded boolean not null default false;
    create index experiments_ranking on experiments (tuning_id, objective)
      where feasible and not excluded and kind <> 'confirmation';
    create index experiments_open on experiments (tuning_id, number) where stage <> 'done';

    drop table lease_waits, leases, hosts;

    create table hosts (
      name text primary key,
      devices jsonb not null,
      engines jsonb not null,
      runtimes jsonb not null,
      labels jsonb not null,
      version text not null,
      draining boolean not null default false,
      seen_at timestamptz not null default now()
    );

    create table catalogues (
      host text not null references hosts on delete cascade,
      engine text not null,
      parameters jsonb not null,
      primary key (host, engine)
    );

    create table leases (
      host text not null references hosts on delete cascade,
      device text not null,
      workflow_id text not null,
      tuning_id text not null,
      number integer not null,
      acquired_at timestamptz not null default now(),
      primary key (host, device)
    );
    create index leases_by_workflow on leases (workflow_id);

    create table lease_waits (
      workflow_id text primary key,
      tuning_id text not null,
      number integer not null,
      request jsonb not null,
      priority integer not null,
      requested_at timestamptz not null default clock_timestamp()
    );
    create index lease_waits_by_tuning on lease_waits (tuning_id);
  `.execute(db)
}
