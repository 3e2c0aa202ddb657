import { sql, type Kysely } from 'kysely'

/**
 * Adds projects with their members and quotas, and who started what. All that was there is in the project that everybody
 * is in, and so is what a version still running adds.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table projects (
      name text primary key,
      devices integer,
      running_tunings integer,
      created_at timestamptz not null default now()
    );
    insert into projects (name) values ('default');

    create table project_members (
      user_name text not null references users on delete cascade,
      project text not null references projects on delete cascade,
      primary key (user_name, project)
    );
    create index project_members_by_project on project_members (project);
    create trigger project_members_announced after insert or update or delete on project_members
      for each statement execute function announce_access();

    alter table tunings
      add column project text not null default 'default' references projects,
      add column owner text;
    create index tunings_by_project on tunings (project, created_at desc, id desc);
    create index tunings_counted on tunings (project) where state in ('pending', 'running', 'cancelling');
    alter table schedules
      add column project text not null default 'default' references projects,
      add column owner text;
  `.execute(db)
}
