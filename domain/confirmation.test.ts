import { expect, test } from 'vitest'
import {
  finalistsOf,
  hurdleOf,
  nextConfirmation,
  type Candidate,
  type ConfirmationEntry,
} from './confirmation.ts'

const tried = (
  number: number,
  parallel: number,
  objective: number | null,
  change: Partial<Candidate> = {},
) => ({
  number,
  kind: 'search' as const,
  configuration: { parallel },
  objective,
  feasible: objective !== null,
  excluded: false,
  ...change,
})
const rules = { higherIsBetter: true, baseline: { parallel: 1 }, most: 3, given: false }
const numbers = (history: Candidate[], change: Partial<typeof rules> = {}) =>
  finalistsOf(history, { ...rules, ...change }).map(({ number }) => number)

test('finalists are the best and what comes within 5 % of it, each configuration once', () => {
  const history = [tried(1, 2, 90), tried(2, 4, 100), tried(3, 8, 96), tried(4, 4, 99), tried(5, 16, 97)]
  expect(numbers(history)).toEqual([2, 5, 3])
  expect(numbers(history, { most: 2 })).toEqual([2, 5])
  expect(numbers(history, { higherIsBetter: false })).toEqual([1])
})

test('what breaks a limit, failed, was excluded or is the baseline is no finalist', () => {
  const history = [
    tried(0, 1, 99, { kind: 'baseline' }),
    tried(1, 2, 120, { feasible: false }),
    tried(2, 4, 100),
    tried(3, 8, 110, { excluded: true }),
    tried(4, 16, null),
    tried(5, 32, 130, { kind: 'confirmation' }),
  ]
  expect(numbers(history)).toEqual([2])
  expect(numbers([tried(0, 1, 101, { kind: 'baseline' }), tried(2, 4, 100)])).toEqual([])
})

test('a given configuration is confirmed, though its one measurement in the search came to less', () => {
  const history = [tried(0, 1, 104, { kind: 'baseline' }), tried(1, 4, 90)]
  expect(numbers(history)).toEqual([])
  expect(numbers(history, { given: true })).toEqual([1])
})

test('the hurdle is what would be worth confirming: within 5 % of the best that counts', () => {
  const history = [
    tried(0, 1, 80, { kind: 'baseline' }),
    tried(1, 2, 100),
    tried(2, 4, 120, { feasible: false }),
  ]
  expect(hurdleOf(history, true)).toBeCloseTo(95)
  expect(hurdleOf(history, false)).toBeCloseTo(84)
  expect(hurdleOf([tried(0, 1, 80, { feasible: false })], true)).toBeNull()
})

/** Plays a confirmation to its end; `change` alters each run as it is done. */
function play(
  finalists: number[],
  pairs: number,
  history: ConfirmationEntry[] = [],
  change: (run: ConfirmationEntry) => ConfirmationEntry = (run) => run,
): ConfirmationEntry[] {
  const next = nextConfirmation(history, finalists, pairs)
  if (next === null) return history
  const run: ConfirmationEntry = {
    number: 10 + history.length,
    kind: 'confirmation',
    configuration: {},
    reason: '',
    replaces: null,
    hurdle: null,
    state: 'completed',
    excluded: false,
    ...next,
  }
  return play(finalists, pairs, [...history, change(run)], change)
}
const orderOf = (history: ConfirmationEntry[]) =>
  history.map(({ role, confirms, pair }) => `${role === 'baseline' ? 'b' : confirms}${pair}`).join(' ')

test('baseline and finalists take turns, every second block backwards', () => {
  expect(orderOf(play([4], 2))).toBe('b0 40 41 b1')
  expect(orderOf(play([4, 7], 3))).toBe('b0 40 70 71 41 b1 b2 42 72')
  expect(play([], 3)).toEqual([])
})

test('a run that was cancelled is done again, and once only', () => {
  const history = play([4], 2, [], (run) => (run.number === 11 ? { ...run, state: 'cancelled' } : run))
  expect(orderOf(history)).toBe('b0 40 40 41 b1')
})

test('a new best is confirmed beside the old one anew: what was measured before was not in turn with it', () => {
  const before = play([4], 2)
  expect(orderOf(play([9, 4], 1, before).slice(before.length))).toBe('b0 90 40')
})

test('when the first run of the baseline is done again, the others of its blocks are kept', () => {
  const history = play([4], 2)
  const without = history.map((run, index) => (index === 0 ? { ...run, excluded: true } : run))
  expect(orderOf(play([4], 2, without).slice(history.length))).toBe('b0')
})
