import { expect, test } from 'vitest'
import { picturesOf } from './measurement-pictures.ts'
import { Measurement } from './measurement.ts'

const measurement = (rest: object) =>
  Measurement.parse({
    metrics: {},
    metricsWithFailures: {},
    requests: 3,
    outcomes: { ok: 3 },
    windowMs: 2000,
    tokenSource: 'usage',
    inputTokensMean: null,
    outputTokensMean: null,
    cachedInputShare: null,
    outputTokensPerSecondSeries: [10, 12],
    warnings: [],
    clientLimited: false,
    ...rest,
  })

test('a distribution is drawn as the share of requests at or below each latency', () => {
  const ttft = Array.from({ length: 101 }, (_, per) => 20 + per)
  const picture = picturesOf(measurement({ distributions: { ttft } })).find(({ name }) => name === 'ttft')
  expect(picture?.lines[0]?.points[50]).toEqual({ x: 70, y: 50 })
  expect(picture?.lines[0]?.points.at(-1)).toEqual({ x: 120, y: 100 })
})

test('a search for the capacity is drawn as load against goodput and against latency', () => {
  const level = (load: number, goodput: number, ttft: number | null) => ({
    ...{ load, requests: 100, met: 90, verdict: 'holds', intervals: {} },
    metrics: { goodput_requests_per_second: goodput, requests_per_second: load, ttft_p50_ms: ttft },
  })
  const capacity = {
    ...{ of: 'rate', attainment: 0.9, confidence: 0.95, capacity: 2, low: 2, high: 4, requests: 200 },
    levels: [level(2, 2, 40), level(4, 3, 90), level(8, 1, null)],
  }
  const pictures = picturesOf(measurement({ capacity }))
  expect(pictures.find(({ name }) => name === 'goodput')?.lines[0]?.points).toEqual([
    { x: 2, y: 2 },
    { x: 4, y: 3 },
    { x: 8, y: 1 },
  ])
  expect(pictures.map(({ name }) => name)).toEqual(['throughput', 'goodput', 'latency'])
})

test('what was not measured has no picture', () => {
  expect(picturesOf(measurement({ outputTokensPerSecondSeries: [5] }))).toEqual([])
})
