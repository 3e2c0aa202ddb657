import { z } from 'zod'
import type { Device } from './device.ts'
import { exclusiveName, exclusiveOf } from './exclusive.ts'
import { RuntimeKind } from './runtime.ts'

/** What an experiment asks of a host. */
export const LeaseRequest = z.object({
  engine: z.string(),
  runtime: RuntimeKind,
  devices: z.int().min(0),
  labels: z.record(z.string(), z.string()),
  /** What only one experiment may use at a time besides devices: an endpoint's address. */
  exclusive: z.string().nullable(),
})
export type LeaseRequest = z.infer<typeof LeaseRequest>

/** What a host has to give. */
export interface HostOffer {
  name: string
  devices: Device[]
  engines: { kind: string }[]
  runtimes: string[]
  labels: Record<string, string>
  draining: boolean
}

/** A device that is held. */
export interface Holding {
  host: string
  device: string
  workflowId: string
  tuningId: string
  project: string
}

/** An experiment that waits for devices. */
export interface Waiting {
  workflowId: string
  tuningId: string
  project: string
  request: LeaseRequest
  priority: number
  requestedAtMs: number
}

/** Devices given to an experiment; none of them for one that only drives load at an endpoint. */
export interface Grant {
  workflowId: string
  host: string
  devices: Device[]
  exclusive: string | null
}

/** Devices that projects may hold at a time; one that is not named may hold all. */
export type DeviceQuotas = ReadonlyMap<string, number>

/** Counts what projects hold: tells who in the queue may have what they ask for. */
export function quotaUsage(held: Holding[], quotas: DeviceQuotas) {
  const used = new Map<string, number>()
  const add = (project: string, devices: number) => void used.set(project, (used.get(project) ?? 0) + devices)
  for (const { project, device } of held) if (exclusiveOf(device) === null) add(project, 1)
  return {
    add,
    fits: ({ project, request }: Pick<Waiting, 'project' | 'request'>): boolean =>
      (used.get(project) ?? 0) + (request.exclusive === null ? request.devices : 0) <=
      (quotas.get(project) ?? Infinity),
  }
}

/** Returns whether a host could run it, were all of its devices free. */
export function couldRun(host: HostOffer, request: LeaseRequest): boolean {
  return hasSkills(host, request) && (request.exclusive !== null || host.devices.length >= request.devices)
}

function hasSkills({ engines, runtimes, labels }: HostOffer, request: LeaseRequest): boolean {
  return (
    (request.runtime !== 'process' ||
      request.engine === 'command' ||
      engines.some(({ kind }) => kind === request.engine)) &&
    runtimes.includes(request.runtime) &&
    Object.entries(request.labels).every(([name, value]) => labels[name] === value)
  )
}

/**
 * Decides who gets which devices now: by priority, then the tuning that holds fewest, then first come. A request for
 * several devices that has to wait keeps what is free on the host that comes nearest, so that small ones behind it
 * do not starve it; one that is beyond its project's quota keeps nothing.
 */
export function allocate(
  hosts: HostOffer[],
  held: Holding[],
  queue: Waiting[],
  quotas: DeviceQuotas,
): Grant[] {
  const taken = new Set(held.map(({ host, device }) => `${host}/${device}`))
  const exclusives = new Set(held.map(({ device }) => device))
  const free = new Map(
    hosts
      .filter(({ draining }) => !draining)
      .map((host) => [host, host.devices.filter(({ id }) => !taken.has(`${host.name}/${id}`))]),
  )
  const heldBy = new Map<string, number>()
  const count = (tuningId: string, more: number) => heldBy.set(tuningId, (heldBy.get(tuningId) ?? 0) + more)
  for (const { tuningId } of held) count(tuningId, 1)

  const grants: Grant[] = []
  const usage = quotaUsage(held, quotas)
  const waiting = queue.filter(usage.fits)
  for (;;) {
    // Thousands may wait: nobody is ranked when there is nothing to give.
    const idle = [...free.values()].every((devices) => devices.length === 0)
    if (idle && !waiting.some(({ request }) => request.exclusive !== null)) return grants
    const next = takeFirst(waiting, heldBy)
    if (next === null) return grants
    if (!usage.fits(next)) continue
    const grant = place(next, free, exclusives)
    if (grant === null) continue
    grants.push(grant)
    usage.add(next.project, grant.devices.length)
    count(next.tuningId, Math.max(1, grant.devices.length))
  }
}

function takeFirst(waiting: Waiting[], heldBy: Map<string, number>): Waiting | null {
  let first = 0
  for (let index = 1; index < waiting.length; index++) {
    if (before(waiting[index], waiting[first], heldBy)) first = index
  }
  return waiting.splice(first, 1)[0] ?? null
}

function before(a: Waiting | undefined, b: Waiting | undefined, heldBy: Map<string, number>): boolean {
  if (a === undefined || b === undefined) return a !== undefined
  const holds = ({ tuningId }: Waiting) => heldBy.get(tuningId) ?? 0
  return (b.priority - a.priority || holds(a) - holds(b) || a.requestedAtMs - b.requestedAtMs) < 0
}

/** Places a request on the host with the fewest free devices that suffice; keeps devices back when none does. */
function place(
  { workflowId, request }: Waiting,
  free: Map<HostOffer, Device[]>,
  exclusives: Set<string>,
): Grant | null {
  const able = [...free].filter(([host]) => couldRun(host, request))
  if (request.exclusive !== null) {
    const [host] = able[0] ?? []
    const name = exclusiveName(request.exclusive)
    if (host === undefined || exclusives.has(name)) return null
    exclusives.add(name)
    return { workflowId, host: host.name, devices: [], exclusive: request.exclusive }
  }
  const byFree = able.toSorted(([, a], [, b]) => a.length - b.length)
  const fitting = byFree.find(([, devices]) => devices.length >= request.devices)
  if (fitting === undefined) {
    const nearest = byFree.at(-1)
    if (nearest !== undefined) free.set(nearest[0], [])
    return null
  }
  const [host, devices] = fitting
  free.set(host, devices.slice(request.devices))
  return { workflowId, host: host.name, devices: devices.slice(0, request.devices), exclusive: null }
}

/**
 * Returns when each waiting experiment would start, by its workflow, if every experiment took as long as
 * `lengthMs` says; those that no host could run are left out. A forecast: the same allocation, played forward.
 */
export function expectedStarts(
  hosts: HostOffer[],
  held: (Holding & { sinceMs: number })[],
  queue: Waiting[],
  {
    nowMs,
    lengthMs,
    quotas,
  }: { nowMs: number; lengthMs: (tuningId: string) => number; quotas: DeviceQuotas },
): Map<string, number> {
  const starts = new Map<string, number>()
  let waiting = queue.filter(({ request }) => hosts.some((host) => couldRun(host, request)))
  let busy = held.map((holding) => ({
    ...holding,
    endMs: Math.max(nowMs, holding.sinceMs + lengthMs(holding.tuningId)),
  }))
  let atMs = nowMs
  for (;;) {
    for (const { workflowId, host, devices, exclusive } of allocate(hosts, busy, waiting, quotas)) {
      const started = waiting.find((entry) => entry.workflowId === workflowId)
      if (started === undefined) continue
      starts.set(workflowId, atMs)
      const { tuningId, project } = started
      const names = exclusive === null ? devices.map(({ id }) => id) : [exclusiveName(exclusive)]
      const endMs = atMs + lengthMs(tuningId)
      busy.push(
        ...names.map((device) => ({ host, device, workflowId, tuningId, project, sinceMs: atMs, endMs })),
      )
      waiting = waiting.filter((entry) => entry !== started)
    }
    if (waiting.length === 0 || busy.length === 0) return starts
    atMs = Math.min(...busy.map(({ endMs }) => endMs))
    busy = busy.filter(({ endMs }) => endMs > atMs)
  }
}
