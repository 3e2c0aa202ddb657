import { sql } from 'kysely'
import type { Database } from './connect.ts'
import { listLiveHosts } from './hosts.ts'

/** One experiment's right to a device. */
export interface Lease {
  host: string
  device: string
}

/** Serialises who gets which device. */
const LEASES_LOCK = 0x1ea5e

/**
 * Gives the workflow a free device on a live host that can run the engine, first come first served.
 * Null when there is none yet: the workflow is then in the queue and is woken when its turn comes.
 * The workflow that already holds a device gets the same one.
 */
export async function acquireLease(db: Database, workflowId: string, engine: string): Promise<Lease | null> {
  return db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${LEASES_LOCK})`.execute(trx)
    const held = await trx
      .selectFrom('leases')
      .select(['host', 'device'])
      .where('workflow_id', '=', workflowId)
      .executeTakeFirst()
    if (held !== undefined) return held
    await trx
      .insertInto('lease_waits')
      .values({ workflow_id: workflowId, engine })
      .onConflict((conflict) => conflict.doNothing())
      .execute()

    const taken = await trx.selectFrom('leases').select(['host', 'device']).execute()
    const free = (await listLiveHosts(trx))
      .flatMap(({ name, devices, engines }) => devices.map((device) => ({ host: name, device, engines })))
      .filter(({ host, device }) => !taken.some((lease) => lease.host === host && lease.device === device))
    const queue = await trx
      .selectFrom('lease_waits')
      .select(['workflow_id', 'engine'])
      .orderBy('requested_at')
      .execute()

    // Whoever came before is served first from what is free.
    for (const waiting of queue) {
      const index = free.findIndex(({ engines }) => engines.some(({ kind }) => kind === waiting.engine))
      if (waiting.workflow_id !== workflowId) {
        if (index >= 0) free.splice(index, 1)
        continue
      }
      const place = free[index]
      if (place === undefined) return null
      const lease = { host: place.host, device: place.device }
      await trx
        .insertInto('leases')
        .values({ ...lease, workflow_id: workflowId })
        .execute()
      await trx.deleteFrom('lease_waits').where('workflow_id', '=', workflowId).execute()
      return lease
    }
    return null
  })
}

/** Frees what the workflow holds or waits for, and returns the workflows that wait, first come first. */
export async function releaseLease(db: Database, workflowId: string): Promise<string[]> {
  return db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${LEASES_LOCK})`.execute(trx)
    await trx.deleteFrom('leases').where('workflow_id', '=', workflowId).execute()
    await trx.deleteFrom('lease_waits').where('workflow_id', '=', workflowId).execute()
    const waiting = await trx
      .selectFrom('lease_waits')
      .select('workflow_id')
      .orderBy('requested_at')
      .execute()
    return waiting.map(({ workflow_id }) => workflow_id)
  })
}

/** Returns the workflows that hold a device or wait for one. */
export async function listLeaseHolders(db: Database): Promise<string[]> {
  const holders = await db
    .selectFrom('leases')
    .select('workflow_id')
    .union(db.selectFrom('lease_waits').select('workflow_id'))
    .execute()
  return holders.map(({ workflow_id }) => workflow_id)
}
