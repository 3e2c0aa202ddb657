import { randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { listBriefs } from '../../database/experiment-briefs.ts'
import { listTunings, TuningSort } from '../../database/tuning-list.ts'
import { deleteTuning, undeleteTuning } from '../../database/deleted-tunings.ts'
import { createTuning, findReport } from '../../database/tunings.ts'
import { withSecrets } from '../../domain/mask-secrets.ts'
import { Report } from '../../domain/report.ts'
import { TuningRequest, TuningState } from '../../domain/tuning.ts'
import { isFinished } from '../../domain/tuning-state.ts'
import { startTuning, tuningProgress } from '../../temporal/tunings.ts'
import { ownerOf } from '../access/principal.ts'
import { listedProjects } from '../access/reach.ts'
import { checkedSpec } from '../check.ts'
import { Estimate, estimate } from '../estimate.ts'
import { shownTuningOr404, type ApiContext } from '../context.ts'
import { Id, InProject } from '../fields.ts'
import { HttpProblem } from '../problems.ts'
import { refuseBeyondQuota } from '../quota.ts'
import { route, type Route } from '../route.ts'
import { ExperimentBriefView, experimentBriefView, TuningView, tuningView } from '../views.ts'

/** How long a request waits for Temporal before it answers without it. */
const TEMPORAL_PATIENCE_MS = 5000

/** As the list writes a time that it sorts by; PostgreSQL knows no year 0. */
const TimeKey = z.iso.datetime({ local: true, precision: 6 }).regex(/^(?!0000)[^Z]*$/)

/** The key of the last row in each order. */
const KEYS = { created_desc: TimeKey, created_asc: TimeKey, name_asc: z.string(), name_desc: z.string() }

/** Returns the place that a cursor names; one of another order would name a wrong place, or none. */
function readCursor(text: string, sort: TuningSort): { key: string; id: string } {
  try {
    return z
      .object({ sort: z.literal(sort), key: KEYS[sort], id: z.string() })
      .parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
  } catch {
    throw new HttpProblem(400, 'query/cursor: not a cursor of this list; take `next` of the page before', [
      { pointer: '/cursor', message: 'not a cursor of this list' },
    ])
  }
}

function writeCursor(cursor: { sort: TuningSort; key: string; id: string }): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url')
}

export function tuningRoutes(context: ApiContext): Route[] {
  const { db, client, link, log, vault } = context

  return [
    route({
      method: 'post',
      path: '/tunings',
      operationId: 'startTuning',
      tag: 'Tunings',
      summary: 'Start a tuning',
      description:
        'The same `Idempotency-Key` with the same body starts nothing twice: it answers 200 with the tuning that it started, and with another body 409. Keys are of who sends them, in the project. 409 also when as many tunings of the project run as may.',
      query: InProject,
      headers: z.object({ 'idempotency-key': z.string().min(1).max(200).optional() }),
      body: TuningRequest,
      responses: {
        201: { description: 'Started', schema: TuningView },
        200: { description: 'Started before with this Idempotency-Key', schema: TuningView },
      },
      problems: [404, 409],
      async handle({ query: { project }, headers, body, who }) {
        const spec = await checkedSpec(body, { project, who }, context)
        const idempotencyKey = headers['idempotency-key'] ?? null
        const { tuning, created } = await createTuning(db, {
          id: randomBytes(6).toString('hex'),
          spec: withSecrets(spec, vault.seal),
          idempotencyKey,
          project,
          owner: ownerOf(who),
        }).catch(refuseBeyondQuota)
        if (!created && !isDeepStrictEqual(withSecrets(tuning.spec, vault.open), spec))
          throw new HttpProblem(409, `the Idempotency-Key was used for another request: tuning ${tuning.id}`)
        try {
          await client.withDeadline(Date.now() + TEMPORAL_PATIENCE_MS, () => startTuning(client, tuning))
        } catch (error) {
          log.warn(
            { err: error, tuning: tuning.id },
            'Temporal is away: the tuning is stored and starts when it is back',
          )
        }
        return {
          status: created ? 201 : 200,
          headers: { Location: `/api/v1/tunings/${tuning.id}` },
          body: tuningView(tuning, link),
        }
      },
    }),

    route({
      method: 'post',
      path: '/tunings/check',
      operationId: 'checkTuning',
      tag: 'Tunings',
      summary: 'Check a request without starting it',
      query: InProject,
      body: TuningRequest,
      responses: { 200: { description: 'The request is right; what it would come to', schema: Estimate } },
      problems: [404],
      async handle({ query: { project }, body, who }) {
        return { status: 200, body: estimate(await checkedSpec(body, { project, who }, context)) }
      },
    }),

    route({
      method: 'get',
      path: '/tunings',
      operationId: 'listTunings',
      about: 'tunings',
      tag: 'Tunings',
      summary: 'List tunings',
      query: z.strictObject({
        state: z
          .string()
          .transform((text) => text.split(','))
          .pipe(z.array(TuningState))
          .optional()
          .meta({ description: 'One or more states, separated by commas.', override: { type: 'string' } }),
        engine: z.string().optional(),
        model: z.string().optional(),
        schedule: z.string().optional().meta({ description: 'The schedule that started them.' }),
        search: z.string().max(200).optional().meta({ description: 'Part of the name.' }),
        project: z.string().optional(),
        deleted: z
          .enum(['true', 'false'])
          .transform((text) => text === 'true')
          .optional()
          .meta({ description: 'Those that were deleted and can be undeleted, in place of the others.' }),
        sort: TuningSort.default('created_desc'),
        limit: z.coerce.number().int().min(1).max(200).default(50),
        cursor: z.string().optional().meta({ description: '`next` of the page before.' }),
      }),
      responses: {
        200: {
          description: 'A page',
          schema: z.object({ tunings: z.array(TuningView), next: z.string().nullable() }),
        },
      },
      problems: [],
      async handle({ query: { state: states, project, cursor, ...query }, who }) {
        const after = cursor === undefined ? undefined : readCursor(cursor, query.sort)
        const projects = listedProjects(who, project)
        const page = await listTunings(db, { ...query, states, projects, after })
        return {
          status: 200,
          body: {
            tunings: page.tunings.map((tuning) => tuningView(tuning, link)),
            next: page.next === null ? null : writeCursor({ sort: query.sort, ...page.next }),
          },
        }
      },
    }),

    route({
      method: 'get',
      path: '/tunings/:id',
      operationId: 'readTuning',
      about: 'tuning',
      tag: 'Tunings',
      summary: 'Read a tuning',
      params: Id,
      responses: { 200: { description: 'The tuning', schema: TuningView } },
      problems: [404],
      async handle({ params: { id } }) {
        return { status: 200, body: tuningView(await shownTuningOr404(db, id), link) }
      },
    }),

    route({
      method: 'get',
      path: '/tunings/:id/overview',
      operationId: 'readOverview',
      about: 'tuning',
      tag: 'Tunings',
      summary: 'Read a tuning with all of its experiments in brief, and its report when it has one',
      params: Id,
      responses: {
        200: {
          description: 'What its page shows, in one answer',
          schema: z.object({
            tuning: TuningView,
            experiments: z.array(ExperimentBriefView),
            report: Report.nullable(),
          }),
        },
      },
      problems: [404],
      async handle({ params: { id } }) {
        // The tuning first: what the list holds beyond its last event is told again by the stream.
        const tuning = await shownTuningOr404(db, id)
        const experiments = await listBriefs(db, id)
        const report = isFinished(tuning.state) ? await findReport(db, id) : null
        return {
          status: 200,
          body: {
            tuning: tuningView(tuning, link),
            experiments: experiments.map(experimentBriefView),
            report,
          },
        }
      },
    }),

    route({
      method: 'get',
      path: '/tunings/:id/progress',
      operationId: 'readProgress',
      tag: 'Tunings',
      summary: 'Ask the workflow of a tuning how far it is',
      params: Id,
      responses: {
        200: {
          description: 'As the workflow itself says',
          schema: z.object({
            state: TuningState,
            phase: z.string(),
            running: z.array(z.int()),
            finished: z.int(),
            budget: z.int(),
          }),
        },
      },
      problems: [404, 503],
      async handle({ params: { id } }) {
        await shownTuningOr404(db, id)
        const progress = await client
          .withDeadline(Date.now() + TEMPORAL_PATIENCE_MS, () => tuningProgress(client, id))
          .catch((error: unknown) => {
            log.warn({ err: error, tuning: id }, 'no answer from the workflow')
            throw new HttpProblem(503, 'the workflow does not answer: no worker runs, or Temporal is away')
          })
        return { status: 200, body: progress }
      },
    }),

    route({
      method: 'delete',
      path: '/tunings/:id',
      operationId: 'deleteTuning',
      tag: 'Tunings',
      summary:
        'Delete a finished tuning; it can be undeleted for some days, then all that belongs to it is gone',
      params: Id,
      responses: { 204: { description: 'Deleted' } },
      problems: [404, 409],
      async handle({ params: { id } }) {
        const { state } = await shownTuningOr404(db, id)
        if (!isFinished(state)) throw new HttpProblem(409, `the tuning is ${state}: cancel it first`)
        if (!(await deleteTuning(db, id))) {
          await shownTuningOr404(db, id)
          throw new HttpProblem(409, 'the tuning runs again, or is about to: cancel it first')
        }
        return { status: 204, body: null }
      },
    }),

    route({
      method: 'post',
      path: '/tunings/:id/undelete',
      operationId: 'undeleteTuning',
      tag: 'Tunings',
      summary: 'Bring a deleted tuning back; one that is there stays as it is',
      params: Id,
      responses: { 200: { description: 'The tuning', schema: TuningView } },
      problems: [404],
      async handle({ params: { id } }) {
        await undeleteTuning(db, id)
        return { status: 200, body: tuningView(await shownTuningOr404(db, id), link) }
      },
    }),
  ]
}
