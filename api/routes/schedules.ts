import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import {
  createSchedule,
  deleteSchedule,
  findSchedule,
  listRuns,
  listSchedules,
  type StoredRun,
  setSchedulePaused,
  type StoredSchedule,
  announceSchedules,
} from '../../database/schedules.ts'
import { isOwnerGone } from '../../database/users.ts'
import { RunComparison } from '../../domain/comparison.ts'
import { isWithin } from '../../domain/project.ts'
import { SchedulePlan, ScheduleRequest } from '../../domain/schedule.ts'
import { TuningSpec, TuningState } from '../../domain/tuning.ts'
import {
  createTuningSchedule,
  deleteTuningSchedule,
  describeSchedule,
  operateSchedule,
  SCHEDULE_OPERATIONS,
  ScheduleRefusedError,
  type ScheduleOperation,
  type ScheduleStanding,
} from '../../temporal/tuning-schedules.ts'
import { ownerOf } from '../access/principal.ts'
import { checkedSpec } from '../check.ts'
import type { ApiContext } from '../context.ts'
import { BestFigure, Id, InProject, Time } from '../fields.ts'
import { noSchedule } from '../missing.ts'
import { HttpProblem } from '../problems.ts'
import { route, type Route } from '../route.ts'
import { withoutSecrets, withSecrets } from '../../domain/mask-secrets.ts'
import { bestFigure } from '../../domain/history.ts'

const ScheduleView = SchedulePlan.extend({
  id: z.string(),
  name: z.string(),
  project: z.string(),
  owner: z.string().nullable(),
  state: z.enum(['active', 'paused', 'missing']).meta({
    description:
      'missing: Temporal does not have it, so that it starts nothing until housekeeping has made it anew.',
  }),
  createdAt: Time,
  nextRuns: z.array(Time),
  skipped: z.int().meta({ description: 'Times left out because the run before was not over.' }),
  missed: z.int().meta({ description: 'Times left out because the service was down for too long.' }),
  tuning: TuningSpec,
}).meta({ id: 'Schedule' })

const ScheduleRun = z
  .object({
    tuningId: z.string(),
    name: z.string(),
    state: TuningState,
    message: z.string().nullable(),
    createdAt: Time,
    finishedAt: Time.nullable(),
    best: BestFigure.nullable(),
    comparison: RunComparison.nullable().meta({ description: 'With the completed run before.' }),
  })
  .meta({ id: 'ScheduleRun' })

/** How many runs are shown of a schedule. */
const SHOWN_RUNS = 100
/** How long a request waits for Temporal. */
const PATIENCE_MS = 10_000

const WORDS: Record<ScheduleOperation, { summary: string; done: string }> = {
  pause: { summary: 'Pause a schedule', done: 'Paused: it starts nothing; a run that is on goes on' },
  resume: { summary: 'Resume a schedule', done: 'It starts tunings again' },
  run: {
    summary: 'Run a schedule now',
    done: 'Asked for: its overlap policy decides about a run that is on',
  },
}

export function scheduleRoutes(context: ApiContext): Route[] {
  const { db, client, log, vault } = context

  async function scheduleOr404(id: string): Promise<StoredSchedule> {
    const schedule = await findSchedule(db, id)
    return schedule ?? noSchedule(id)
  }

  /** Asks Temporal, and answers 503 when it is away. */
  const temporal = <Result>(ask: () => Promise<Result>): Promise<Result> =>
    client.withDeadline(Date.now() + PATIENCE_MS, ask).catch((error: unknown) => {
      if (error instanceof ScheduleRefusedError)
        throw new HttpProblem(422, `body/timing: ${error.message}`, [
          { pointer: '/timing', message: error.message },
        ])
      log.warn({ err: error }, 'no answer about schedules')
      throw new HttpProblem(503, 'Temporal is away; try again')
    })

  /** Returns how it stands; throws for times that never come, such as the 31st of February: of one that is paused Temporal tells none. */
  async function refuseNever(id: string, paused: boolean): ReturnType<typeof describeSchedule> {
    const standing = await temporal(() => describeSchedule(client, id))
    if (paused || standing === null || standing.nextRuns.length > 0) return standing
    await temporal(() => deleteTuningSchedule(client, id))
    const message = 'there is no such time to come'
    throw new HttpProblem(422, `body/timing: ${message}`, [{ pointer: '/timing', message }])
  }

  const view = async (schedule: StoredSchedule) =>
    scheduleView(schedule, await temporal(() => describeSchedule(client, schedule.id)))

  return [
    route({
      method: 'post',
      path: '/schedules',
      operationId: 'createSchedule',
      tag: 'Schedules',
      summary: 'Create a schedule of recurring tunings',
      description:
        'A run that is due while as many tunings of its project run as may waits for one of them to end.',
      query: InProject,
      body: ScheduleRequest,
      responses: { 201: { description: 'Created', schema: ScheduleView } },
      problems: [404, 503],
      async handle({ query: { project }, body: { name, tuning, paused, ...plan }, who }) {
        const spec = await checkedSpec(tuning, { project, who, at: '/tuning' }, context)
        const id = randomBytes(6).toString('hex')
        // Temporal first: a schedule that is there only is removed by its first run, one that is stored only is dead.
        await temporal(() => createTuningSchedule(client, { id, plan, paused }))
        const standing = await refuseNever(id, paused)
        const schedule = await createSchedule(db, {
          ...{ id, name, plan, paused, project, owner: ownerOf(who) },
          spec: withSecrets(spec, vault.seal),
        })
        return {
          status: 201,
          headers: { Location: `/api/v1/schedules/${id}` },
          body: scheduleView(schedule, standing),
        }
      },
    }),

    route({
      method: 'get',
      path: '/schedules',
      operationId: 'listSchedules',
      tag: 'Schedules',
      summary: 'List schedules',
      responses: {
        200: { description: 'The newest first', schema: z.object({ schedules: z.array(ScheduleView) }) },
      },
      problems: [503],
      async handle({ who }) {
        const shown = (await listSchedules(db)).filter(({ project }) => isWithin(who.projects, project))
        return { status: 200, body: { schedules: await Promise.all(shown.map(view)) } }
      },
    }),

    route({
      method: 'get',
      path: '/schedules/:id',
      operationId: 'readSchedule',
      tag: 'Schedules',
      summary: 'Read a schedule with its runs',
      params: Id,
      responses: {
        200: {
          description: `The schedule and its newest ${SHOWN_RUNS} runs, the newest first; all are in the list of tunings`,
          schema: z.object({ schedule: ScheduleView, runs: z.array(ScheduleRun) }),
        },
      },
      problems: [404, 503],
      async handle({ params: { id } }) {
        const schedule = await scheduleOr404(id)
        const runs = await listRuns(db, id, SHOWN_RUNS)
        return { status: 200, body: { schedule: await view(schedule), runs: runs.map(runView) } }
      },
    }),

    ...SCHEDULE_OPERATIONS.map((operation) =>
      route({
        method: 'post',
        path: `/schedules/:id/${operation}`,
        operationId: `${operation}Schedule`,
        tag: 'Schedules',
        summary: WORDS[operation].summary,
        params: Id,
        responses: { 200: { description: WORDS[operation].done, schema: ScheduleView } },
        problems: [404, 409, 503],
        async handle({ params: { id } }) {
          const schedule = await scheduleOr404(id)
          // It would be paused again by its first run.
          if (operation !== 'pause' && (await isOwnerGone(db, schedule.owner)))
            throw new HttpProblem(
              409,
              `its owner ${schedule.owner} is no user any more: create it anew in your own name`,
            )
          if (!(await temporal(() => operateSchedule(client, schedule, operation))))
            throw new HttpProblem(
              409,
              'Temporal does not have this schedule any more: delete it and create it anew',
            )
          if (operation === 'run') await announceSchedules(db)
          else await setSchedulePaused(db, id, operation === 'pause')
          return { status: 200, body: await view(schedule) }
        },
      }),
    ),

    route({
      method: 'delete',
      path: '/schedules/:id',
      operationId: 'deleteSchedule',
      tag: 'Schedules',
      summary: 'Delete a schedule; tunings that it started stay, and one that runs goes on',
      params: Id,
      responses: { 204: { description: 'Deleted' } },
      problems: [404, 503],
      async handle({ params: { id } }) {
        await scheduleOr404(id)
        // Temporal first: when this is cut off in between, asking again ends it.
        await temporal(() => deleteTuningSchedule(client, id))
        await deleteSchedule(db, id)
        return { status: 204, body: null }
      },
    }),
  ]
}

function scheduleView(
  { id, name, project, owner, spec, plan, created_at }: StoredSchedule,
  standing: ScheduleStanding | null,
): z.infer<typeof ScheduleView> {
  return {
    ...{ id, name, project, owner },
    ...plan,
    state: standing === null ? 'missing' : standing.paused ? 'paused' : 'active',
    createdAt: created_at.toISOString(),
    nextRuns: standing?.paused === true ? [] : (standing?.nextRuns ?? []).map((at) => at.toISOString()),
    skipped: standing?.skipped ?? 0,
    missed: standing?.missed ?? 0,
    tuning: withoutSecrets(spec),
  }
}

function runView(run: StoredRun): z.infer<typeof ScheduleRun> {
  const { id, name, state, message, best_number: number, best_objective: objective, comparison } = run
  return {
    tuningId: id,
    name,
    state,
    message,
    createdAt: run.created_at.toISOString(),
    finishedAt: run.finished_at?.toISOString() ?? null,
    best: bestFigure(number, objective),
    comparison,
  }
}
