import { sql, type Kysely } from 'kysely'

/** Announces changes of hosts, of who holds their devices and of who waits; that a host is still alive is no news. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function announce_fleet() returns trigger language plpgsql as $$
      begin
        perform pg_notify('redline_fleet', '');
        return null;
      end $$;
    create trigger leases_announced after insert or delete on leases
      for each row execute function announce_fleet();
    create trigger lease_waits_announced after insert or update or delete on lease_waits
      for each row execute function announce_fleet();
    create trigger hosts_announced after insert or delete on hosts
      for each row execute function announce_fleet();
    create trigger host_changes_announced after update on hosts
      for each row when (
        to_jsonb(old) - 'seen_at' is distinct from to_jsonb(new) - 'seen_at'
        or abs(extract(epoch from new.seen_at - old.seen_at)) > 30)
      execute function announce_fleet();
  `.execute(db)
}
