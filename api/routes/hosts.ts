import { z } from 'zod'
import { meanExperimentMs } from '../../database/experiments.ts'
import { forgetHost, Host, listHosts, setDraining } from '../../database/hosts.ts'
import { listHoldings, listQueue } from '../../database/leases.ts'
import { listDeviceQuotas } from '../../database/projects.ts'
import { expectedStarts, LeaseRequest, quotaUsage } from '../../domain/allocation.ts'
import { isWithin, type Reach } from '../../domain/project.ts'
import { offerFreeDevices } from '../../temporal/leases.ts'
import type { ApiContext } from '../context.ts'
import { Time } from '../fields.ts'
import { HttpProblem } from '../problems.ts'
import { route, type Route } from '../route.ts'

const Experiment = z.object({
  project: z.string(),
  tuningId: z.string().nullable().meta({ description: 'null: of a project that one is not in.' }),
  number: z.int().nullable(),
})

const Fleet = z
  .object({
    hosts: z.array(Host),
    held: z
      .array(Experiment.extend({ host: z.string(), device: z.string(), since: Time }))
      .meta({ description: 'Devices that experiments hold.' }),
    queue: z
      .array(
        Experiment.extend({
          position: z.int().meta({ description: '1 is next.' }),
          priority: z.int(),
          request: LeaseRequest,
          since: Time,
          expectedStart: Time.nullable().meta({
            description: 'By how long experiments of the same tunings took; null when no host would do.',
          }),
          quota: z.int().nullable().meta({
            description: 'The devices that its project may hold, where that is what it waits for.',
          }),
        }),
      )
      .meta({ description: 'Experiments that wait for devices, the next first.' }),
  })
  .meta({ id: 'Fleet' })

const Name = z.object({ name: z.string() })
/** Taken for tunings of which no experiment is over yet. */
const UNKNOWN_EXPERIMENT_MS = 60_000

export function hostRoutes({ db, client, log }: ApiContext): Route[] {
  const drainRoute = (operation: 'drain' | 'undrain') =>
    route({
      method: 'post',
      path: `/hosts/:name/${operation}`,
      operationId: `${operation}Host`,
      tag: 'Hosts',
      summary:
        operation === 'drain' ? 'Give a host nothing new; what runs finishes' : 'End the draining of a host',
      params: Name,
      responses: { 204: { description: 'Done' } },
      problems: [404],
      async handle({ params: { name } }) {
        if (!(await setDraining(db, name, operation === 'drain')))
          throw new HttpProblem(404, `there is no host "${name}"`)
        // Should Temporal be away, housekeeping does it later.
        await offerFreeDevices(db, client).catch((error: unknown) =>
          log.warn({ err: error }, 'devices not offered'),
        )
        return { status: 204, body: null }
      },
    })

  return [
    route({
      method: 'get',
      path: '/hosts',
      operationId: 'readFleet',
      tag: 'Hosts',
      summary: 'Read all hosts, who holds their devices, and who waits',
      responses: { 200: { description: 'The fleet', schema: Fleet } },
      problems: [],
      async handle({ who }) {
        const [hosts, held, queue, quotas] = await Promise.all([
          listHosts(db),
          listHoldings(db),
          listQueue(db),
          listDeviceQuotas(db),
        ])
        const { fits } = quotaUsage(held, quotas)
        // When devices come free matters to who waits for them alone.
        const tunings = queue.length === 0 ? [] : [...held, ...queue].map(({ tuningId }) => tuningId)
        const means = await meanExperimentMs(db, tunings)
        const startsMs = expectedStarts(
          hosts.filter(({ alive }) => alive),
          held.map((holding) => ({ ...holding, sinceMs: holding.since.getTime() })),
          queue,
          { nowMs: Date.now(), lengthMs: (tuningId) => means.get(tuningId) ?? UNKNOWN_EXPERIMENT_MS, quotas },
        )
        const ordered = queue.toSorted(
          (a, b) => (startsMs.get(a.workflowId) ?? Infinity) - (startsMs.get(b.workflowId) ?? Infinity),
        )
        return {
          status: 200,
          body: {
            hosts,
            held: held.map((holding) => ({
              ...shownTo(who.projects, holding),
              host: holding.host,
              device: holding.device,
              since: holding.since.toISOString(),
            })),
            queue: ordered.map((waiting, index) => {
              const startMs = startsMs.get(waiting.workflowId)
              return {
                ...shownTo(who.projects, waiting),
                position: index + 1,
                priority: waiting.priority,
                request: waiting.request,
                since: new Date(waiting.requestedAtMs).toISOString(),
                expectedStart: startMs === undefined ? null : new Date(startMs).toISOString(),
                quota: fits(waiting) ? null : (quotas.get(waiting.project) ?? null),
              }
            }),
          },
        }
      },
    }),
    drainRoute('drain'),
    drainRoute('undrain'),
    route({
      method: 'delete',
      path: '/hosts/:name',
      operationId: 'forgetHost',
      tag: 'Hosts',
      needs: 'admin',
      summary: 'Forget a host that is gone',
      params: Name,
      responses: { 204: { description: 'Forgotten' } },
      problems: [404, 409],
      async handle({ params: { name } }) {
        const host = (await listHosts(db)).find((known) => known.name === name)
        if (host === undefined) throw new HttpProblem(404, `there is no host "${name}"`)
        if (!(await forgetHost(db, name)))
          throw new HttpProblem(409, `the worker of ${name} runs: stop it first`)
        return { status: 204, body: null }
      },
    }),
  ]
}

/** Who is in another project learns which one holds a device or waits, and no more. */
function shownTo(
  reach: Reach,
  { project, tuningId, number }: { project: string; tuningId: string; number: number },
): z.infer<typeof Experiment> {
  return isWithin(reach, project) ? { project, tuningId, number } : { project, tuningId: null, number: null }
}
