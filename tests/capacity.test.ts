import { afterAll, beforeAll, expect, test } from 'vitest'
import { api, quickRequest, STAND_IN_ENGINE, startTestService, type TestService } from './service.ts'

let service: TestService
let calls: ReturnType<typeof api>

beforeAll(async () => {
  service = await startTestService({ LLAMA_SERVER: STAND_IN_ENGINE })
  calls = api(service)
})
afterAll(() => service.remove())

test('a tuning for capacity finds the configuration that bears the most streams within the limit', async () => {
  const { id } = await calls.start(
    quickRequest({
      name: 'capacity',
      engine: { kind: 'llama.cpp', model: 'gemma-3-270m', args: { ubatch_size: 32 } },
      workload: {
        prompts: { synthetic: { inputTokens: 16, outputTokens: 20 } },
        load: { capacity: { upTo: 8 } },
        duration: '30s',
        warmup: '50ms',
      },
      objective: { maximize: 'capacity_concurrency' },
      // A token takes 10 ms; who waits for a slot waits for 20 of them, which no pause of a busy machine comes near.
      constraints: ['ttft_p90_ms <= 110'],
      space: { parallel: { type: 'integer', low: 4, high: 4 } },
      baseline: { parallel: 1 },
      budget: { experiments: 1 },
    }),
  )
  await calls.finished(id)
  const capacities = (await calls.experiments(id)).map(({ result }) =>
    result?.status === 'measured' ? result.measurement.metrics.capacity_concurrency : null,
  )
  const [baseline, wide] = capacities
  expect(baseline).toBeLessThanOrEqual(2)
  expect(wide).toBeGreaterThanOrEqual(3)
  expect(await calls.read(id)).toMatchObject({ state: 'completed', best: { number: 1, objective: wide } })
})
