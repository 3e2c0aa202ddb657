import { expect, test } from 'vitest'
import type { ExperimentBrief } from '../../client/client.ts'
import { constraintPoints, objectivePoints } from './objective-points.ts'

const experiment = (number: number, rest: Partial<ExperimentBrief>): ExperimentBrief =>
  ({
    number,
    kind: 'search',
    state: 'completed',
    feasible: true,
    objective: null,
    ...rest,
  }) as ExperimentBrief

const experiments = [
  experiment(0, { kind: 'baseline', objective: 100 }),
  experiment(1, { objective: 80 }),
  experiment(2, { state: 'failed', feasible: false }),
  experiment(3, { objective: 300, feasible: false }),
  experiment(4, { objective: 150 }),
  experiment(5, { kind: 'confirmation', objective: 160 }),
]

test('sorts experiments into marks, failed ones at the bottom', () => {
  const points = objectivePoints(experiments, true)
  const numbers = (list: { number: number }[]) => list.map(({ number }) => number)
  expect(numbers(points.feasible)).toEqual([1, 4])
  expect(numbers(points.infeasible)).toEqual([3])
  expect(numbers(points.baseline)).toEqual([0])
  expect(numbers(points.confirmation)).toEqual([5])
  expect(points.failed).toEqual([{ x: 2, y: points.low, number: 2 }])
  expect(points.low).toBeLessThan(80)
  expect(points.high).toBeGreaterThan(300)
})

test('follows the best feasible one only, whichever way is better', () => {
  const best = (higher: boolean) => objectivePoints(experiments, higher).best.map(({ y }) => y)
  expect(best(true)).toEqual([100, 100, 150])
  expect(best(false)).toEqual([100, 80, 80])
})

test('draws nothing of nothing', () => {
  expect(objectivePoints([], true)).toMatchObject({ feasible: [], best: [], low: 0, high: 1 })
})

test('leaves experiments without the metric out', () => {
  expect(constraintPoints(experiments, 'ttft_p90_ms').feasible).toEqual([])
})
