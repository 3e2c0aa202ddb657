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

test('while few trials failed some dare', () => {
  const [least, , most] = cautions(50, 4)
  expect(least).toBeLessThan(1)
  expect(most).toBe(2)
})

test('when more failed than may, none dares and all are more careful than before', () => {
  expect(Math.min(...cautions(50, 20))).toBeGreaterThan(2)
})

test('only the first trials are kept near what ran, and not those that dare', () => {
  const mostChanges = (number: number, onTarget: boolean) =>
    riskOf(trials(number, 0), number, 10, onTarget).mostChanges
  expect(mostChanges(4, true)).toBe(2)
  expect(mostChanges(4, false)).toBe(3)
  expect(mostChanges(6, true)).toBe(Infinity)
  expect(mostChanges(10, true)).toBe(Infinity)
})
