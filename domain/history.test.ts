import { expect, test } from 'vitest'
import { newMeasurement } from '../tests/measurement.ts'
import { judge, type ExperimentResult } from './experiment.ts'
import {
  bestOf,
  closestToFeasible,
  isFeasible,
  nothingMeetsLimits,
  objectiveValue,
  type HistoryEntry,
} from './history.ts'
import { plainDiagnosis } from './plain-diagnosis.ts'

const OBJECTIVE = { maximize: 'output_tokens_per_second' } as const

function measured(
  number: number,
  tokens: number | null,
  ttft: number,
  more: Partial<HistoryEntry & { clientLimited: boolean }> = {},
): HistoryEntry {
  const measurement = newMeasurement(
    { output_tokens_per_second: tokens },
    { clientLimited: more.clientLimited ?? false },
  )
  const constraints = [
    { constraint: 'ttft_p99_ms <= 100', metric: 'ttft_p99_ms', value: ttft, limit: 100, holds: ttft <= 100 },
  ]
  const result: ExperimentResult = { status: 'measured', measurement, constraints }
  return { number, kind: 'search', configuration: {}, result, excluded: false, ...more }
}

test('who turns slow requests away is not the best: each counts as infinitely late', () => {
  const at = (number: number, answered: number, all: number | null): HistoryEntry => ({
    ...measured(number, 50, 90),
    result: {
      status: 'measured',
      constraints: [],
      measurement: newMeasurement({ ttft_p99_ms: answered }, { metricsWithFailures: { ttft_p99_ms: all } }),
    },
  })
  expect(bestOf([at(0, 90, null), at(1, 400, 400)], { minimize: 'ttft_p99_ms' })?.number).toBe(1)
})

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

test('what was cut short has no figure to be judged by, meets nothing, and is told only by the limit that it breaks', () => {
  const whole = measured(0, 50, 90).result
  if (whole?.status !== 'measured') throw new Error('it was measured')
  const cutShort = {
    of: 'constraint' as const,
    ...{ metric: 'ttft_p99_ms' as const, op: '<=' as const, limit: 100, bound: 100 },
    ...{ afterMs: 6000, ofMs: 30_000, requests: 40 },
  }
  // So few requests show other figures than a whole measurement would.
  const metricsWithFailures = { ttft_p99_ms: 99, error_rate: 0 }
  const result = judge({ ...whole.measurement, metricsWithFailures, cutShort }, [
    'ttft_p99_ms <= 100',
    'error_rate <= 0.01',
  ])
  expect(result).toMatchObject({ constraints: [{ constraint: 'ttft_p99_ms <= 100', holds: false }] })
  const entry = { ...measured(1, 80, 90), result }
  expect(objectiveValue(entry, OBJECTIVE)).toBeNull()
  expect(isFeasible(entry)).toBe(false)
  expect(bestOf([measured(0, 50, 90), entry], OBJECTIVE)?.number).toBe(0)
  expect(closestToFeasible([entry, measured(2, 10, 500)])?.number).toBe(2)
})

test('nothing meets the limits when all of it breaks them or fails by itself, and not when the host was in trouble', () => {
  const failed = (kind: 'out_of_memory' | 'infrastructure'): HistoryEntry => ({
    ...measured(1, 50, 90),
    result: { status: 'failed', diagnosis: plainDiagnosis(kind, '', '') },
  })
  const broken = measured(0, 50, 101)
  expect(nothingMeetsLimits([broken, failed('out_of_memory')], OBJECTIVE)).toBe(true)
  expect(nothingMeetsLimits([broken, failed('infrastructure')], OBJECTIVE)).toBe(false)
  expect(nothingMeetsLimits([broken, measured(1, 50, 99)], OBJECTIVE)).toBe(false)
  expect(nothingMeetsLimits([], OBJECTIVE)).toBe(false)
})
