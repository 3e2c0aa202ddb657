import { sql, type Transaction } from 'kysely'
import { z } from 'zod'
import {
  allocate,
  couldRun,
  LeaseRequest,
  quotaUsage,
  type Grant,
  type Holding,
  type Waiting,
} from '../domain/allocation.ts'
import { Device } from '../domain/device.ts'
import { exclusiveName } from '../domain/exclusive.ts'
import { DEFAULT_PROJECT } from '../domain/project.ts'
import type { Connection, Database } from './connect.ts'
import { listHosts, type Host } from './hosts.ts'
import { listDeviceQuotas } from './projects.ts'
import type { Schema } from './schema.ts'

/** One experiment's right to devices of a host. */
export const Lease = z.object({ host: z.string(), devices: z.array(Device) })
export type Lease = z.infer<typeof Lease>

/** Who asks for devices. */
export interface Applicant {
  workflowId: string
  tuningId: string
  project: string
  number: number
  priority: number
  request: LeaseRequest
}

/** What came of asking: devices, a place in the queue, or why waiting would lead to nothing. */
export interface LeaseAnswer {
  lease: Lease | null
  impossible: 'no_host' | 'beyond_quota' | null
  /** Others who got devices at this occasion, to be told. */
  granted: Grant[]
}

/** Serialises who gets which device. */
const LEASES_LOCK = 0x1ea5e

async function lockLeases(trx: Transaction<Schema>): Promise<void> {
  await sql`select pg_advisory_xact_lock(${LEASES_LOCK})`.execute(trx)
}

/**
 * Gives a workflow devices of a live host, or puts it in the queue: it is then told when its turn comes.
 * The workflow that already holds devices gets the same ones.
 */
export async function acquireLease(db: Database, applicant: Applicant): Promise<LeaseAnswer> {
  const { workflowId, tuningId, project, number, priority, request } = applicant
  return db.transaction().execute(async (trx) => {
    await lockLeases(trx)
    const hosts = await listHosts(trx)
    const held = await trx
      .selectFrom('leases')
      .select(['host', 'device'])
      .where('workflow_id', '=', workflowId)
      .execute()
    const [first] = held
    if (first !== undefined) {
      const all = hosts.find(({ name }) => name === first.host)?.devices ?? []
      const devices = all.filter(({ id }) => held.some(({ device }) => device === id))
      return { lease: { host: first.host, devices }, impossible: null, granted: [] }
    }
    if (hosts.length > 0 && !hosts.some((host) => couldRun(host, request)))
      return { lease: null, impossible: 'no_host', granted: [] }
    const { fits } = quotaUsage([], await listDeviceQuotas(trx))
    if (!fits({ project, request })) return { lease: null, impossible: 'beyond_quota', granted: [] }
    await trx
      .insertInto('lease_waits')
      .values({
        workflow_id: workflowId,
        tuning_id: tuningId,
        number,
        request: JSON.stringify(request),
        priority,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    const granted = await grantFree(trx, hosts)
    const own = granted.find((grant) => grant.workflowId === workflowId)
    return {
      lease: own === undefined ? null : { host: own.host, devices: own.devices },
      impossible: null,
      granted: granted.filter((grant) => grant !== own),
    }
  })
}

/** Frees what a workflow holds or waits for, and returns who got it instead, to be told. */
export async function releaseLease(db: Database, workflowId: string): Promise<Grant[]> {
  return db.transaction().execute(async (trx) => {
    await lockLeases(trx)
    await trx.deleteFrom('leases').where('workflow_id', '=', workflowId).execute()
    await trx.deleteFrom('lease_waits').where('workflow_id', '=', workflowId).execute()
    return grantFree(trx)
  })
}

/** Gives what has become free without a release: of new hosts, or of hosts that are no longer drained. */
export async function grantFreeDevices(db: Database): Promise<Grant[]> {
  return db.transaction().execute(async (trx) => {
    await lockLeases(trx)
    return grantFree(trx)
  })
}

/** Changes the priority of what a tuning waits for. */
export async function setWaitingPriority(db: Connection, tuningId: string, priority: number): Promise<void> {
  await db.updateTable('lease_waits').set({ priority }).where('tuning_id', '=', tuningId).execute()
}

/** `hosts`: when they have been read already. */
async function grantFree(trx: Transaction<Schema>, hosts?: Host[]): Promise<Grant[]> {
  const queue = await listQueue(trx)
  if (queue.length === 0) return []
  const live = (hosts ?? (await listHosts(trx))).filter(({ alive }) => alive)
  const grants = allocate(live, await listHoldings(trx), queue, await listDeviceQuotas(trx))
  for (const { workflowId, host, devices, exclusive } of grants) {
    const waiting = queue.find((entry) => entry.workflowId === workflowId)
    if (waiting === undefined) continue
    const names = exclusive === null ? devices.map(({ id }) => id) : [exclusiveName(exclusive)]
    const { tuningId, number } = waiting
    await trx
      .insertInto('leases')
      .values(names.map((device) => ({ host, device, workflow_id: workflowId, tuning_id: tuningId, number })))
      .execute()
    await trx.deleteFrom('lease_waits').where('workflow_id', '=', workflowId).execute()
  }
  return grants
}

/** A device that is held, by whom and since when. */
export type StoredHolding = Holding & { number: number; since: Date }

/** A lease outlives its tuning for a moment when that is deleted. */
const PROJECT = sql<string>`coalesce(tunings.project, ${DEFAULT_PROJECT})`.as('project')

/** Returns what is held, oldest first. */
export async function listHoldings(db: Connection): Promise<StoredHolding[]> {
  const rows = await db
    .selectFrom('leases')
    .leftJoin('tunings', 'tunings.id', 'leases.tuning_id')
    .selectAll('leases')
    .select(PROJECT)
    .orderBy('acquired_at')
    .execute()
  return rows.map(({ host, device, workflow_id, tuning_id, number, project, acquired_at }) => ({
    host,
    device,
    project,
    workflowId: workflow_id,
    tuningId: tuning_id,
    number,
    since: acquired_at,
  }))
}

/** Returns who waits, first come first. */
export async function listQueue(db: Connection): Promise<(Waiting & { number: number })[]> {
  const rows = await db
    .selectFrom('lease_waits')
    .leftJoin('tunings', 'tunings.id', 'lease_waits.tuning_id')
    .selectAll('lease_waits')
    .select(PROJECT)
    .orderBy('requested_at')
    .execute()
  return rows.map(({ workflow_id, tuning_id, number, project, request, priority, requested_at }) => ({
    workflowId: workflow_id,
    tuningId: tuning_id,
    number,
    project,
    request: LeaseRequest.parse(request),
    priority,
    requestedAtMs: requested_at.getTime(),
  }))
}

/** Returns workflows that do not know of their lease after a while: the message was lost. */
export async function listUnheardGrants(db: Database): Promise<string[]> {
  const rows = await db
    .selectFrom('leases')
    .innerJoin('experiments', (join) =>
      join
        .onRef('experiments.tuning_id', '=', 'leases.tuning_id')
        .onRef('experiments.number', '=', 'leases.number'),
    )
    .select('leases.workflow_id')
    .distinct()
    .where('experiments.stage', '=', 'waiting')
    .where('leases.acquired_at', '<', sql<Date>`now() - interval '10 seconds'`)
    .execute()
  return rows.map(({ workflow_id }) => workflow_id)
}
