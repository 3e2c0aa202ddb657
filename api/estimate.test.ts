import { expect, test } from 'vitest'
import { newSpec } from '../tests/database.ts'
import { estimate } from './estimate.ts'

/** A run takes 10 s to measure, twice 2 s to warm up and 6 s to start and stop: 20 s. */
const workload = {
  prompts: { synthetic: { inputTokens: 8, outputTokens: 8 } },
  load: { concurrency: 1 },
  duration: '10s',
  warmup: '2s',
}
const spec = (over: Parameters<typeof newSpec>[0]) =>
  newSpec({
    engine: { kind: 'vllm', model: 'm' },
    workload,
    space: {
      tensor_parallel_size: { type: 'ordinal', choices: [1, 2, 4] },
      max_num_seqs: { type: 'integer', low: 1, high: 64 },
    },
    budget: { experiments: 16 },
    confirmation: { pairs: 3, finalists: 2 },
    ...over,
  })

test('hours of devices are those of the largest configuration, and of the baseline as it is', () => {
  const { runs, durationMs, mostDevices, deviceHours } = estimate(spec({}))
  expect({ runs, durationMs, mostDevices }).toEqual({ runs: 26, durationMs: 520_000, mostDevices: 4 })
  // Four runs of the baseline on one device, 22 of 4 devices.
  expect(deviceHours).toBeCloseTo(((4 + 22 * 4) * 20) / 3600, 9)
})

test.each([
  [[], 16],
  [['tensor_parallel_size * pipeline_parallel_size <= 4'], 4],
  [['tensor_parallel_size <= 2', 'max_num_seqs <= 8'], 8],
])('under the rules %j the largest configuration holds %i devices', (rules, most) => {
  const parallel = { type: 'ordinal', choices: [1, 2, 4] }
  const space = {
    tensor_parallel_size: parallel,
    pipeline_parallel_size: { ...parallel, condition: { parameter: 'tensor_parallel_size', in: [1, 2, 4] } },
    max_num_seqs: { type: 'integer', low: 1, high: 64 },
  }
  expect(estimate(spec({ space, rules })).mostDevices).toBe(most)
})

test('devices that are asked for are those of every run, and an endpoint holds none', () => {
  expect(estimate(spec({ hardware: { devices: 2 } })).deviceHours).toBeCloseTo((26 * 2 * 20) / 3600, 9)
  const runtime = { kind: 'endpoint', url: 'http://127.0.0.1:1' } as const
  expect(estimate(spec({ runtime })).deviceHours).toBe(0)
})

test.each([
  // The baseline until 20 s; experiments start at 20 s and 40 s, and none at 60 s.
  ['60s', 1, 2],
  ['61s', 1, 3],
  ['60s', 4, 8],
  ['10s', 1, 0],
  ['2h', 1, 16],
])('of a search of %s with %i at a time, %i experiments fit', (time, parallelism, fit) => {
  const found = estimate(spec({ budget: { experiments: 16, time }, parallelism }))
  expect(found.experiments).toBe(fit)
  expect(found.runs).toBe(fit + 10)
})
