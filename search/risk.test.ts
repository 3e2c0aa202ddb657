import { expect, test } from 'vitest'
import type { Trial } from './problem.ts'
import { riskOf } from './risk.ts'
import { stalledTrials } from './trial-selection.ts'

const trials = (count: number, failed: number) =>
  Array.from({ length: count }, (_, index): Trial => ({
    configuration: {},
    outcome: index < failed ? { status: 'failed', kind: 'crash' } : { status: 'measured', metrics: {} },
  }))
/** Over three trials in a row, how much the chance to run weighs: the least and the most. */
const cautions = (count: number, failed: number) =>
  [0, 1, 2]
    .map((turn) => riskOf(trials(count, failed), count + turn, 10, true, 0).caution)
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
    riskOf(trials(number, 0), number, 10, onTarget, 0).mostChanges
  expect(mostChanges(4, true)).toBe(2)
  expect(mostChanges(4, false)).toBe(3)
  expect(mostChanges(6, true)).toBe(Infinity)
  expect(mostChanges(10, true)).toBe(Infinity)
})

test('when nothing meets the constraints and nothing comes nearer, every second trial looks elsewhere', () => {
  const elsewhere = (number: number, onTarget: boolean, stalled: number) =>
    riskOf(trials(number, 0), number, 10, onTarget, stalled).elsewhere
  expect([elsewhere(20, false, 9), elsewhere(21, false, 9)]).toEqual([true, false])
  expect([elsewhere(20, true, 9), elsewhere(20, false, 3)]).toEqual([false, false])
})

test('trials are nearer to the constraints when they break them clearly less than all before', () => {
  const problem = {
    space: {},
    rules: [],
    fixed: {},
    defaults: {},
    objectives: [{ metric: 'speed', direction: 'maximize' as const }],
    constraints: [{ metric: 'delay', op: '<=' as const, limit: 100 }],
  }
  const delayed = (delay: number | null): Trial => ({
    configuration: {},
    outcome:
      delay === null
        ? { status: 'failed', kind: 'crash' }
        : { status: 'measured', metrics: { delay, speed: 1 } },
  })
  const stalled = (...delays: (number | null)[]) => stalledTrials(problem, delays.map(delayed))
  expect(stalled(300, 200, 150)).toBe(0)
  // 48 over the limit after 50, and a crash: neither is nearer.
  expect(stalled(300, 150, 148, null, 170)).toBe(3)
  expect(stalled(null, null)).toBe(2)
  expect(stalled(300, 90, 95)).toBe(1)
})
