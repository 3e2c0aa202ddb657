import type { Response } from 'express'
import { z } from 'zod'
import { listExperiments } from '../../database/experiments.ts'
import { findReport } from '../../database/tunings.ts'
import { Insight } from '../../domain/insight.ts'
import { Report } from '../../domain/report.ts'
import { reproductionBundle, ReproductionBundle } from '../../report/bundle.ts'
import { label } from '../../report/deployment.ts'
import { reportDocument } from '../../report/document.ts'
import { reportHtml } from '../../report/html.ts'
import type { ReportInput } from '../../report/input.ts'
import { reportMarkdown } from '../../report/markdown.ts'
import { bestAsDocument, BestFormat, type WrittenFile } from '../best.ts'
import { tuningOr404, type ApiContext } from '../context.ts'
import { Id } from '../fields.ts'
import { Insights } from '../insights.ts'
import { HttpProblem } from '../problems.ts'
import { route, type Answer, type Route } from '../route.ts'

/** The report as a file. */
const FILES = [
  {
    ending: 'html',
    name: 'Html',
    type: 'text/html',
    summary: 'Read the report as one HTML file that needs nothing else: no script, no request',
    write: reportHtml,
  },
  {
    ending: 'md',
    name: 'Markdown',
    type: 'text/markdown',
    summary: 'Read the report as Markdown',
    write: reportMarkdown,
  },
]

/** Routes of what came of a tuning: its report, its best configuration, and how to measure it again. */
export function resultRoutes({ db, version }: ApiContext): Route[] {
  const insights = new Insights(db)

  async function reportInput(id: string): Promise<ReportInput> {
    const { state, spec } = await tuningOr404(db, id)
    const report = await findReport(db, id)
    if (report === null)
      throw new HttpProblem(409, `the tuning is ${state}: its report is written at the end`)
    return { spec, report, experiments: await listExperiments(db, id) }
  }

  return [
    route({
      method: 'get',
      path: '/tunings/:id/report',
      operationId: 'readReport',
      tag: 'Results',
      summary: 'Read the report of a finished tuning',
      params: Id,
      responses: { 200: { description: 'The report', schema: Report } },
      problems: [404, 409],
      async handle({ params: { id } }) {
        return { status: 200, body: (await reportInput(id)).report }
      },
    }),

    ...FILES.map(({ ending, name, type, summary, write }) =>
      route({
        method: 'get',
        path: `/tunings/:id/report.${ending}`,
        operationId: `readReportAs${name}`,
        tag: 'Results',
        summary,
        params: Id,
        responses: { 200: { description: 'The report', content: { [type]: '' }, attachment: true } },
        problems: [404, 409],
        async handle({ params: { id } }, response) {
          const input = await reportInput(id)
          const fileName = `redline-${label(input.spec.name)}.${ending}`
          return send(response, { type, text: write(reportDocument(input)), fileName })
        },
      }),
    ),

    route({
      method: 'get',
      path: '/tunings/:id/best',
      operationId: 'readBest',
      tag: 'Results',
      summary: 'Read the best configuration so far, to deploy',
      description:
        'compose is a file for Docker Compose, kubernetes a Deployment with its Service, helm the values of the chart app-template (4.x).',
      params: Id,
      query: z.strictObject({ format: BestFormat.default('json') }),
      responses: {
        200: {
          description: 'The configuration',
          schema: z.object({
            experiment: z.int(),
            configuration: z.record(z.string(), z.unknown()),
            command: z.string().nullable(),
          }),
          content: { 'text/plain': '', 'application/yaml': '' },
          attachment: true,
        },
      },
      problems: [404, 409],
      async handle({ params: { id }, query: { format } }, response) {
        return send(response, await bestAsDocument(db, await tuningOr404(db, id), format))
      },
    }),

    route({
      method: 'get',
      path: '/tunings/:id/insight',
      operationId: 'readInsight',
      tag: 'Results',
      summary: 'Read what the experiments tell about the space',
      description:
        'Importance of each parameter, main effects, interactions, where failures are to be expected, what looser limits would buy: of the experiments so far.',
      params: Id,
      responses: { 200: { description: 'The insight', schema: Insight } },
      problems: [404, 409],
      async handle({ params: { id } }) {
        const insight = await insights.of(await tuningOr404(db, id))
        if (insight === null)
          throw new HttpProblem(409, 'too little is measured yet: it takes three configurations')
        return { status: 200, body: insight }
      },
    }),

    route({
      method: 'get',
      path: '/tunings/:id/bundle',
      operationId: 'readBundle',
      tag: 'Results',
      summary: 'Read what it takes to measure the outcome of a tuning again',
      description: 'Request, versions, hashes and seeds; `verification` can be started as a tuning.',
      params: Id,
      responses: { 200: { description: 'The bundle', schema: ReproductionBundle } },
      problems: [404, 409],
      async handle({ params: { id } }) {
        const bundle = reproductionBundle(await reportInput(id), version)
        if (bundle === null)
          throw new HttpProblem(409, 'nothing was measured: there is nothing to measure again')
        return { status: 200, body: bundle }
      },
    }),
  ]
}

function send(response: Response, { type, text, fileName }: WrittenFile): Answer {
  // The name first: it would set a type of its own.
  if (fileName !== undefined) response.attachment(fileName)
  response.type(type).send(text)
  return undefined
}
