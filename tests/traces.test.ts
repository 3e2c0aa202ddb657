import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { asked, stream } from '../loadgen/testing/chunks.ts'
import { httpAnswer } from '../loadgen/testing/completion-server.ts'
import { scriptedServer, type ScriptedServer } from '../loadgen/testing/scripted-server.ts'
import { api, quickRequest, startTestService, type TestService } from './service.ts'

/** What is looked at of OTLP's JSON. */
const Export = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({
        attributes: z.array(
          z.object({ key: z.string(), value: z.object({ stringValue: z.string().optional() }) }),
        ),
      }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().optional(),
              name: z.string(),
            }),
          ),
        }),
      ),
    }),
  ),
})

interface Span {
  service: string
  name: string
  traceId: string
  spanId: string
  parentSpanId?: string | undefined
}

const spans: Span[] = []
let receiver: Server
let engine: ScriptedServer
let service: TestService

function take(body: unknown): void {
  for (const { resource, scopeSpans } of Export.parse(body).resourceSpans) {
    const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? ''
    for (const span of scopeSpans.flatMap((scope) => scope.spans)) spans.push({ service, ...span })
  }
}

beforeAll(async () => {
  receiver = createServer((request, response) => {
    void json(request).then(take)
    response.end('{}')
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  const address = receiver.address()
  const port = typeof address === 'object' ? address?.port : undefined
  engine = await scriptedServer(async (reply, { path, body }) => {
    if (!path.endsWith('/completions')) return reply.send(httpAnswer('200 OK', '{}'))
    await reply.begin()
    await reply.chunk(stream(asked(body).maxTokens))
    await reply.finish()
  })
  service = await startTestService({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_BSP_SCHEDULE_DELAY: '200',
  })
})
afterAll(async () => {
  await service.remove()
  await engine[Symbol.asyncDispose]()
  receiver.close()
})

test('one trace leads from the request that starts a tuning, through its workflows, to the requests of the engine', async () => {
  const calls = api(service)
  const { id } = await calls.start(
    quickRequest({
      engine: { kind: 'openai', model: 'any' },
      runtime: { kind: 'endpoint', url: engine.baseUrl },
      space: { concurrency: { type: 'integer', low: 1, high: 2 } },
      baseline: { concurrency: 1 },
      budget: { experiments: 1 },
    }),
  )
  await calls.finished(id)
  expect(await calls.read(id)).toMatchObject({ state: 'completed' })

  const asked = engine.requests.filter(({ path }) => path.endsWith('/completions'))
  const seen = new Set(asked.map(({ headers }) => headers.traceparent?.split('-')[1]))
  expect(seen.size).toBe(1)
  const [traceId] = seen
  const measured = asked.at(-1)?.headers.traceparent?.split('-')[2]
  const bySpan = () =>
    new Map(spans.filter((span) => span.traceId === traceId).map((span) => [span.spanId, span]))
  /** From the span that the engine was told of up to the one that has none above. */
  const way = () => {
    const known = bySpan()
    const names: string[] = []
    for (let span = known.get(measured ?? ''); span; span = known.get(span.parentSpanId ?? ''))
      names.push(`${span.service} ${span.name}`)
    return names
  }
  await expect
    .poll(way)
    .toEqual([
      'redline-worker RunActivity:measure',
      'redline-worker StartActivity:measure',
      'redline-worker RunWorkflow:experimentWorkflow',
      'redline-worker StartChildWorkflow:experimentWorkflow',
      'redline-worker RunWorkflow:tuningWorkflow',
      'redline-api StartWorkflow:tuningWorkflow',
      'redline-api POST /tunings',
    ])
})
