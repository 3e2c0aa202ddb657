import { sql } from 'kysely'
import { z } from 'zod'
import { Device } from '../domain/device.ts'
import type { Connection, Database } from './connect.ts'

/** A host that has not been heard of for this long gets no new experiment. */
export const HOST_SILENT_AFTER_S = 30

const InstalledEngine = z.object({ kind: z.string(), path: z.string(), version: z.string().nullable() })

/** What a worker says of its host: devices that an experiment can hold, what it can start on them. */
export const HostOffer = z.object({
  name: z.string(),
  devices: z.array(Device),
  engines: z.array(InstalledEngine),
  runtimes: z.array(z.string()),
  labels: z.record(z.string(), z.string()),
  version: z.string().meta({ description: "Redline's version." }),
})
export type HostOffer = z.infer<typeof HostOffer>

/** A host as known: what it offers, and whether it does now. */
export const Host = HostOffer.extend({
  draining: z.boolean().meta({ description: 'It finishes what runs and gets nothing new.' }),
  alive: z.boolean().meta({ description: 'Its worker was heard of lately.' }),
})
export type Host = z.infer<typeof Host>

/** Records what a host offers and that it is alive. */
export async function announceHost(db: Database, { name, version, ...offer }: HostOffer): Promise<void> {
  const { devices, engines, runtimes, labels } = offer
  const values = {
    version,
    devices: JSON.stringify(devices),
    engines: JSON.stringify(engines),
    runtimes: JSON.stringify(runtimes),
    labels: JSON.stringify(labels),
  }
  await db
    .insertInto('hosts')
    .values({ name, ...values })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ ...values, seen_at: sql`now()` }))
    .execute()
}

/** Records that a host's worker was stopped on purpose: it gets no new experiments. */
export async function retireHost(db: Database, name: string): Promise<void> {
  await db
    .updateTable('hosts')
    .set({ seen_at: new Date(0) })
    .where('name', '=', name)
    .execute()
}

/** Drains a host, or ends that; false when there is no such host. */
export async function setDraining(db: Database, name: string, draining: boolean): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('hosts')
    .set({ draining })
    .where('name', '=', name)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Forgets a host that is not alive; false when it is, or is not known. */
export async function forgetHost(db: Database, name: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('hosts')
    .where('name', '=', name)
    .where('seen_at', '<=', silentSince)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

const silentSince = sql<Date>`now() - make_interval(secs => ${HOST_SILENT_AFTER_S})`

/** Returns every host that is known, silent ones too, by name. */
export async function listHosts(db: Connection): Promise<Host[]> {
  const rows = await db
    .selectFrom('hosts')
    .selectAll()
    .select(sql<boolean>`seen_at > ${silentSince}`.as('alive'))
    .orderBy('name')
    .execute()
  return rows.map((row) => Host.parse(row))
}

/** Returns the hosts heard of lately. */
export async function listLiveHosts(db: Connection): Promise<Host[]> {
  return (await listHosts(db)).filter(({ alive }) => alive)
}
