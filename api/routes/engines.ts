import { z } from 'zod'
import { listLiveHosts } from '../../database/hosts.ts'
import { TuningRequest } from '../../domain/tuning.ts'
import { ENGINES } from '../../engines/index.ts'
import { installedCatalogue } from '../check.ts'
import type { ApiContext } from '../context.ts'
import { HttpProblem } from '../problems.ts'
import { nearest } from '../../domain/nearest.ts'
import { route, type Route } from '../route.ts'
import { EngineView } from '../views.ts'

export function engineRoutes({ db }: ApiContext): Route[] {
  async function views(): Promise<EngineView[]> {
    const hosts = await listLiveHosts(db)
    return Promise.all(
      Object.values(ENGINES).map(async ({ kind, title, program, presets }) => ({
        kind,
        title,
        // What Redline does not start needs nothing that is installed.
        hosts: hosts.flatMap(({ name, engines }) =>
          program === null
            ? [{ host: name, version: null }]
            : engines
                .filter((engine) => engine.kind === kind)
                .map(({ version }) => ({ host: name, version })),
        ),
        parameters: await installedCatalogue(db, kind),
        presets,
      })),
    )
  }

  return [
    route({
      method: 'get',
      path: '/engines',
      operationId: 'listEngines',
      tag: 'Engines',
      summary: 'List engines with their parameters',
      responses: { 200: { description: 'All engines', schema: z.object({ engines: z.array(EngineView) }) } },
      problems: [],
      async handle() {
        return { status: 200, body: { engines: await views() } }
      },
    }),

    route({
      method: 'get',
      path: '/engines/:kind',
      operationId: 'readEngine',
      tag: 'Engines',
      summary: 'Read an engine with its parameters',
      params: z.object({ kind: z.string() }),
      responses: { 200: { description: 'The engine', schema: EngineView } },
      problems: [404],
      async handle({ params: { kind } }) {
        const engine = (await views()).find((view) => view.kind === kind)
        if (engine === undefined)
          throw new HttpProblem(404, `there is no engine "${kind}"${nearest(kind, Object.keys(ENGINES))}`)
        return { status: 200, body: engine }
      },
    }),

    route({
      method: 'get',
      path: '/schemas/tuning',
      operationId: 'readTuningSchema',
      tag: 'Tunings',
      summary: 'Read the JSON Schema of a tuning request, for editors',
      responses: { 200: { description: 'JSON Schema', schema: z.unknown() } },
      problems: [],
      async handle() {
        return { status: 200, body: z.toJSONSchema(TuningRequest, { io: 'input' }) }
      },
    }),
  ]
}
