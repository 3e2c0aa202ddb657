import { sql } from 'kysely'
import { z } from 'zod'
import type { Connection } from './connect.ts'
import { HOST_SILENT_AFTER_S } from './hosts.ts'
import { IS_DEVICE } from './is-device.ts'

/** How the fleet and its tunings stand, as figures to watch. */
export const FleetGauges = z.object({
  hosts_alive: z.number(),
  devices: z.number(),
  devices_held: z.number(),
  devices_waited_for: z.number(),
  oldest_lease_seconds: z.number(),
  stuck_tunings: z.number(),
  experiments_ended_last_hour: z.number(),
  experiments_failed_last_hour: z.number(),
})
export type FleetGauges = z.infer<typeof FleetGauges>

/** A tuning that has begun, or is to, and records nothing for so long is stuck: an experiment tells of each of its stages. */
const STUCK_AFTER = '30 minutes'

/** Reads the figures, in one statement. */
export async function readFleetGauges(db: Connection): Promise<FleetGauges> {
  const alive = sql`seen_at > now() - make_interval(secs => ${HOST_SILENT_AFTER_S})`
  const lately = sql`finished_at > now() - interval '1 hour'`
  const { rows } = await sql`
    select
      (select count(*)::int from hosts where ${alive}) as hosts_alive,
      (select coalesce(sum(jsonb_array_length(devices)), 0)::int from hosts where ${alive}) as devices,
      (select count(*)::int from leases where ${IS_DEVICE}) as devices_held,
      (select count(*)::int from lease_waits) as devices_waited_for,
      (select coalesce(extract(epoch from now() - min(acquired_at)), 0)::float8 from leases where ${IS_DEVICE})
        as oldest_lease_seconds,
      (select count(*)::int from tunings where state in ('pending', 'running', 'cancelling') and not exists (
        select from events where tuning_id = id and seq = last_seq and at > now() - ${STUCK_AFTER}::interval
      )) as stuck_tunings,
      (select count(*)::int from experiments where ${lately}) as experiments_ended_last_hour,
      (select count(*)::int from experiments where ${lately} and state = 'failed') as experiments_failed_last_hour
  `.execute(db)
  return FleetGauges.parse(rows[0])
}
