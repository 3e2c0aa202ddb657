import { expect, test } from 'vitest'
import { Workload } from '../domain/workload.ts'
import { searchCapacity } from './capacity.ts'
import { runLoad } from './run.ts'
import { completionServer, httpAnswer } from './testing/completion-server.ts'

test('the search finds how many streams a server bears, and the figures are those of that load', async () => {
  // Serves four at a time: those beyond wait until one of them is done, which the SLO does not allow.
  let busy = 0
  await using server = await completionServer({
    instead: (reply) => {
      busy += 1
      const late = busy > 4
      return (async () => {
        await reply.begin()
        if (late) await new Promise((resolve) => setTimeout(resolve, 220))
        else await new Promise((resolve) => setTimeout(resolve, 10))
        await reply.chunk(
          'data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
        )
        busy -= 1
        await reply.finish()
      })()
    },
  })
  const { measurement } = await runLoad({
    target: { baseUrl: server.baseUrl, model: 'm' },
    workload: Workload.parse({
      prompts: { synthetic: { inputTokens: 8, outputTokens: 1 } },
      load: { capacity: { upTo: 16 } },
      duration: '20s',
    }),
    slo: { ttft: 190 },
    calibration: { tokensPerWord: 1, overheadTokens: 0, measured: true },
    runSeed: 1,
  })
  const { capacity } = measurement
  expect(capacity?.capacity).toBeGreaterThanOrEqual(3)
  expect(capacity?.capacity).toBeLessThanOrEqual(6)
  expect(measurement.metrics.capacity_concurrency).toBe(capacity?.capacity)
  expect(capacity?.levels.map(({ load }) => load)).toEqual(
    capacity?.levels.map(({ load }) => load).toSorted((a, b) => a - b),
  )
  expect(capacity?.levels.some(({ verdict }) => verdict === 'fails')).toBe(true)
  expect(capacity?.requests).toBe(capacity?.levels.reduce((sum, { requests }) => sum + requests, 0))
}, 60_000)

test('a verdict that all of its requests together contradict decides nothing', async () => {
  await using server = await completionServer({
    instead: (reply, request) => request % 2 === 1 && reply.send(httpAnswer('500 Oops', 'oops')),
  })
  const options = {
    target: { baseUrl: server.baseUrl, model: 'm' },
    workload: Workload.parse({
      prompts: { synthetic: { inputTokens: 8, outputTokens: 4 } },
      load: { capacity: { from: 2, upTo: 2 } },
      duration: '300ms',
    }),
    slo: {},
    calibration: { tokensPerWord: 1, overheadTokens: 0, measured: true },
    runSeed: 1,
  }
  const { measurement } = await searchCapacity(options, async (level) => {
    const result = await runLoad(level)
    return { ...result, details: { ...result.details, verdict: 'holds' } }
  })
  expect(measurement.capacity).toMatchObject({ capacity: null, low: null, levels: [{ verdict: 'open' }] })
})
