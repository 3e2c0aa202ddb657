import { expect, test } from 'vitest'
import { compareRuns, ratioOfMeans, type ScheduledRun } from './comparison.ts'

const run = (values: number[], parallel = 4): ScheduledRun => ({
  tuningId: `run-${values.join('-')}`,
  limitsBroken: false,
  best: { configuration: { parallel }, values },
})
const exp = (...logs: number[]) => logs.map((log) => Math.exp(log))

test("the interval is Welch's on the logs, by the table of Student's t", () => {
  // Both variances 0.02 with two values: two degrees of freedom, for which t is 4.302653.
  const equal = ratioOfMeans(exp(1, 1.2), exp(0, 0.2), 0.95)
  expect(Math.log(equal.ratio ?? NaN)).toBeCloseTo(1, 9)
  expect(Math.log(equal.low ?? NaN)).toBeCloseTo(1 - 4.302653 * Math.sqrt(0.02), 5)
  expect(Math.log(equal.high ?? NaN)).toBeCloseTo(1 + 4.302653 * Math.sqrt(0.02), 5)
  // All of the variance is on one side, with three values: two degrees of freedom, whatever the other has.
  const uneven = ratioOfMeans(exp(0.9, 1, 1.1), exp(0, 0, 0, 0, 0), 0.95)
  expect(Math.log(uneven.low ?? NaN)).toBeCloseTo(1 - 4.302653 * Math.sqrt(0.01 / 3), 5)
})

test('what is clearly slower is a regression, what is clearly faster a gain, whatever the direction', () => {
  const [slow, fast] = [run([100, 101, 99]), run([120, 121, 119])]
  expect(compareRuns(fast, slow, true)).toMatchObject({ verdict: 'regression', sameConfiguration: true })
  expect(compareRuns(slow, fast, true).verdict).toBe('gain')
  expect(compareRuns(fast, slow, false).verdict).toBe('gain')
  const worse = compareRuns(slow, fast, false)
  expect(worse.verdict).toBe('regression')
  expect(worse.ratio).toBeCloseTo(100 / 120, 3)
})

test('a change that the interval does not settle, or that nobody would notice, is neither', () => {
  expect(compareRuns(run([100, 140, 80]), run([90, 110, 70]), true).verdict).toBe('not_settled')
  expect(compareRuns(run([100, 100.1, 99.9]), run([99, 99.1, 98.9]), true).verdict).toBe('same')
  // Worse for sure, but not by more than 2 % for sure.
  expect(compareRuns(run([100, 100.1, 99.9]), run([98, 98.5, 97.5]), true).verdict).toBe('not_settled')
  expect(compareRuns(run([100, 100]), run([100, 100]), true)).toMatchObject({
    verdict: 'same',
    low: 1,
    high: 1,
  })
})

test('one value gives a ratio without an interval and settles nothing', () => {
  expect(compareRuns(run([100]), run([50]), true)).toMatchObject({
    verdict: 'not_settled',
    ratio: expect.closeTo(0.5, 9),
    low: null,
    high: null,
  })
})

test('the first run has nothing to be compared with; another best configuration is told', () => {
  expect(compareRuns(null, run([1, 2]), true)).toMatchObject({ verdict: 'first', previousTuningId: null })
  expect(compareRuns(run([1, 2], 4), run([1, 2], 8), true)).toMatchObject({
    sameConfiguration: false,
    previousTuningId: 'run-1-2',
  })
})

test('limits that nothing meets any more are a regression', () => {
  const nothing = { tuningId: 'none', limitsBroken: true, best: null }
  expect(compareRuns(run([1, 2]), nothing, true)).toMatchObject({ verdict: 'regression', ratio: null })
  expect(compareRuns(nothing, run([1, 2]), true).verdict).toBe('gain')
  expect(compareRuns(nothing, nothing, true).verdict).toBe('not_settled')
  // Nothing sound was measured: that is no news of the engine.
  const unsound = { ...nothing, limitsBroken: false }
  expect(compareRuns(run([1, 2]), unsound, true).verdict).toBe('not_settled')
  expect(compareRuns(unsound, run([1, 2]), true).verdict).toBe('not_settled')
})
