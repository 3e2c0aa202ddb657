import { gunzipSync } from 'node:zlib'
import { z } from 'zod'
import { readEngineLog, readRequestRecords } from '../../database/artifacts.ts'
import {
  findShownExperiment,
  listShownExperiments,
  type ShownExperiment,
} from '../../database/experiment-list.ts'
import { shownTuningOr404, type ApiContext } from '../context.ts'
import { Id } from '../fields.ts'
import { HttpProblem } from '../problems.ts'
import { route, type Route } from '../route.ts'
import { ExperimentView, experimentView } from '../views.ts'

/** What PostgreSQL's integer holds. */
const MAX_NUMBER = 2 ** 31 - 1
const ExperimentNumber = z.coerce.number().int().min(0).max(MAX_NUMBER)
const Place = z.object({ id: z.string(), number: ExperimentNumber })

export function experimentRoutes({ db, link }: ApiContext): Route[] {
  async function experimentOr404(id: string, number: number): Promise<ShownExperiment> {
    const experiment = await findShownExperiment(db, id, number)
    if (experiment !== null) return experiment
    const { planned_count } = await shownTuningOr404(db, id)
    throw new HttpProblem(404, `tuning ${id} has no experiment ${number}; it has ${planned_count}, from 0 on`)
  }

  return [
    route({
      method: 'get',
      path: '/tunings/:id/experiments',
      operationId: 'listExperiments',
      about: 'tuning',
      tag: 'Experiments',
      summary: 'List the experiments of a tuning',
      params: Id,
      query: z.strictObject({
        after: ExperimentNumber.optional().meta({ description: 'Those with a higher number.' }),
        limit: z.coerce.number().int().min(1).max(1000).optional().meta({ description: 'All without it.' }),
      }),
      responses: {
        200: {
          description: 'By number; the last number of a page is the `after` of the next',
          schema: z.object({ experiments: z.array(ExperimentView) }),
        },
      },
      problems: [404],
      async handle({ params: { id }, query }) {
        const experiments = await listShownExperiments(db, id, query)
        if (experiments.length === 0) await shownTuningOr404(db, id)
        return {
          status: 200,
          body: { experiments: experiments.map((experiment) => experimentView(experiment, link)) },
        }
      },
    }),

    route({
      method: 'get',
      path: '/tunings/:id/experiments/:number',
      operationId: 'readExperiment',
      about: 'tuning',
      tag: 'Experiments',
      summary: 'Read an experiment',
      params: Place,
      responses: { 200: { description: 'The experiment', schema: ExperimentView } },
      problems: [404],
      async handle({ params: { id, number } }) {
        return { status: 200, body: experimentView(await experimentOr404(id, number), link) }
      },
    }),

    route({
      method: 'get',
      path: '/tunings/:id/experiments/:number/log',
      operationId: 'readLog',
      tag: 'Experiments',
      summary: "Read the log of an experiment's engine, as far as it is written",
      params: Place,
      responses: { 200: { description: 'The log', content: { 'text/plain': '' } } },
      problems: [404],
      async handle({ params: { id, number } }, response) {
        await experimentOr404(id, number)
        response.type('text/plain').send(await readEngineLog(db, id, number))
        return undefined
      },
    }),

    route({
      method: 'get',
      path: '/tunings/:id/experiments/:number/requests',
      operationId: 'readRequests',
      tag: 'Experiments',
      summary: "Download an experiment's request records",
      description:
        'One JSON object a line (`RequestRecord`), in order of sending; gzipped for clients that accept it.',
      params: Place,
      responses: { 200: { description: 'The records', content: { 'application/jsonl': '' } } },
      problems: [404, 409],
      async handle({ params: { id, number } }, response) {
        const { state } = await experimentOr404(id, number)
        const content = await readRequestRecords(db, id, number)
        if (content === null)
          throw new HttpProblem(409, `experiment ${number} is ${state}: it has no request records`)
        // The name first: it would set a type of its own.
        response
          .attachment(`redline-${id}-experiment-${number}.jsonl`)
          .type('application/jsonl')
          .vary('Accept-Encoding')
        if (response.req.acceptsEncodings('gzip') === 'gzip')
          response.set('Content-Encoding', 'gzip').send(content)
        else response.send(gunzipSync(content))
        return undefined
      },
    }),
  ]
}
