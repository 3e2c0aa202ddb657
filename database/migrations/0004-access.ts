import { sql, type Kysely } from 'kysely'

/** Adds users with what they sign in by, and the log of what they changed. Secrets are kept as hashes only. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table users (
      name text primary key,
      role text not null,
      password_hash text not null,
      failed_sign_ins integer not null default 0,
      locked_until timestamptz,
      created_at timestamptz not null default now()
    );

    create table sessions (
      hash text primary key,
      user_name text not null references users on delete cascade,
      expires_at timestamptz not null,
      created_at timestamptz not null default now()
    );
    create index sessions_by_user on sessions (user_name);

    create table tokens (
      id text primary key,
      hash text not null unique,
      user_name text not null references users on delete cascade,
      name text not null,
      role text not null,
      expires_at timestamptz not null,
      used_at timestamptz,
      created_at timestamptz not null default now()
    );
    create index tokens_by_user on tokens (user_name);

    create table invitations (
      hash text primary key,
      role text not null,
      expires_at timestamptz not null
    );

    create table audit (
      id bigint generated always as identity primary key,
      at timestamptz not null default now(),
      who text not null,
      operation text not null,
      path text not null,
      status integer not null,
      address text
    );
  `.execute(db)
}
