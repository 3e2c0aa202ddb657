import { sql } from 'kysely'
import { z } from 'zod'
import { EngineParameter } from '../domain/engine-parameter.ts'
import type { Connection, Database } from './connect.ts'

/** A host that has not been heard of for this long gets no new experiment. */
const HOST_SILENT_AFTER_S = 30

/** What a worker says of its host: devices that an experiment can hold, engines it can start. */
export const Host = z
  .object({
    name: z.string(),
    devices: z.array(z.string()),
    engines: z.array(
      z.object({
        kind: z.string(),
        path: z.string(),
        version: z.string().nullable(),
        parameters: z
          .array(EngineParameter)
          .optional()
          .meta({ description: "As the installed version's own help lists them." }),
      }),
    ),
  })
  .meta({ id: 'Host' })
export type Host = z.infer<typeof Host>

/** Records what a host offers and that it is alive. */
export async function announceHost(db: Database, { name, devices, engines }: Host): Promise<void> {
  const values = { devices: JSON.stringify(devices), engines: JSON.stringify(engines) }
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

/** Returns the hosts heard of lately. */
export async function listLiveHosts(db: Connection): Promise<Host[]> {
  const rows = await db
    .selectFrom('hosts')
    .select(['name', 'devices', 'engines'])
    .where('seen_at', '>', sql<Date>`now() - make_interval(secs => ${HOST_SILENT_AFTER_S})`)
    .orderBy('name')
    .execute()
  return rows.map((row) => Host.parse(row))
}
