import { expect, test } from 'vitest'
import type { ExperimentResult } from './experiment.ts'
import { bestOf, closestToFeasible, type HistoryEntry } from './history.ts'
import type { Measurement } from './measurement.ts'

const OBJECTIVE = { maximize: 'output_tokens_per_second' } as const

function measured(
  number: number,
  tokens: number | null,
  ttft: number,
  more: Partial<HistoryEntry & { clientLimited: boolean }> = {},
): HistoryEntry {
  const measurement: Measurement = {
    metrics: { output_tokens_per_second: tokens },
    metricsWithFailures: {},
    requests: 10,
    outcomes: { ok: 10 },
    windowMs: 1000,
    tokenSource: 'usage',
    inputTokensMean: 1,
    outputTokensMean: 1,
    cachedInputShare: 0,
    outputTokensPerSecondSeries: [],
    warnings: [],
    clientLimited: more.clientLimited ?? false,
  }
  const constraints = [
    { constraint: 'ttft_p99_ms <= 100', metric: 'ttft_p99_ms', value: ttft, limit: 100, holds: ttft <= 100 },
  ]
  const result: ExperimentResult = { status: 'measured', measurement, constraints }
  return { number, kind: 'search', configuration: {}, result, excluded: false, ...more }
}

test('the best is the best of those that meet every limit', () => {
  expect(bestOf([measured(0, 50, 90), measured(1, 80, 101), measured(2, 60, 99)], OBJECTIVE)?.number).toBe(2)
  expect(
    bestOf([measured(0, 50, 90), measured(1, 40, 99)], { minimize: 'output_tokens_per_second' })?.number,
  ).toBe(1)
})

test('confirmation runs, excluded runs, runs limited by the client and runs without a figure do not compete', () => {
  const history = [
    measured(0, 50, 90),
    measured(1, 99, 90, { kind: 'confirmation' }),
    measured(2, 99, 90, { clientLimited: true }),
    measured(3, null, 90),
    measured(5, 99, 90, { excluded: true }),
    { number: 4, kind: 'search', configuration: {}, result: null, excluded: false } as const,
  ]
  expect(bestOf(history, OBJECTIVE)?.number).toBe(0)
})

test('when nothing meets the limits, the one that breaks them least is the closest', () => {
  const history = [measured(0, 50, 300), measured(1, 20, 120), measured(2, 90, 200)]
  expect(bestOf(history, OBJECTIVE)).toBeNull()
  expect(closestToFeasible(history)?.number).toBe(1)
})
