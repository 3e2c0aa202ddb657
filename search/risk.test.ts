import { expect, test } from 'vitest'
import type { Trial } from './problem.ts'
import { riskOf } from './risk.ts'

const trials = (count: number, failed: number) =>
  Array.from({ length: count }, (_, index): Trial => ({
    configuration: {},
    outcome: index < failed ? { status: 'failed', kind: 'crash' } : { status: 'measured', metrics: {} },
  }))
/** Over three trials in a row, how much the chance to run weighs: the least and the most. */
const cautions = (count: number, failed: number) =>
  [0, 1, 2]
    .map((turn) => riskOf(trials(count, failed), count + turn, 10, true).caution)
    .toSorted((a, b) => a - b)

test('while few trials failed some dare, and the fewer failed the more', () => {
  const [few = 0, , most] = cautions(50, 2)
  const [some = 0] = cautions(50, 6)
  expect(few).toBeLessThan(some)
  expect(some).toBeLessThan(1)
  expect(most).toBe(2)
})

test('when more failed than may, none dares and all are more careful than before', () => {
  expect(Math.min(...cautions(50, 20))).toBeGreaterThan(2)
})

test('only the first trials are kept near what ran', () => {
  expect(riskOf(trials(4, 0), 4, 10, true).mostChanges).toBe(2)
  expect(riskOf(trials(4, 0), 4, 10, false).mostChanges).toBe(3)
  expect(riskOf(trials(10, 0), 10, 10, true).mostChanges).toBe(Infinity)
})
