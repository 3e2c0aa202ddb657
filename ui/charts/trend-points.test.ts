import { expect, test } from 'vitest'
import type { ScheduleRun } from '../../client/client.ts'
import { trendPoints } from './trend-points.ts'

const run = (tuningId: string, objective: number | null, verdict: string | null = 'same', over = true) =>
  ({
    tuningId,
    finishedAt: over ? '2026-01-01T00:00:00.000Z' : null,
    best: objective === null ? null : { number: 1, objective },
    comparison: verdict === null ? null : { verdict },
  }) as ScheduleRun

const newestFirst = [
  run('running', 500, null, false),
  run('nothing met the limits', null, 'regression'),
  run('cancelled', null, null),
  run('worse', 80, 'regression'),
  run('better', 120, 'gain'),
  run('first', 100, 'first'),
]

test('sorts finished runs by verdict, the oldest first', () => {
  const points = trendPoints(newestFirst)
  const places = (list: { x: number; run: ScheduleRun }[]) => list.map(({ x, run: at }) => [x, at.tuningId])
  expect(places(points.steady)).toEqual([[1, 'first']])
  expect(places(points.gains)).toEqual([[2, 'better']])
  expect(places(points.regressions)).toEqual([
    [3, 'worse'],
    [5, 'nothing met the limits'],
  ])
  expect(places(points.without)).toEqual([[4, 'cancelled']])
  expect(points.all.map(({ y }) => y)).toEqual([100, 120, 80])
  expect(points.without[0]?.y).toBe(points.low)
  expect(points.high).toBeLessThan(500)
  expect([points.xLow, points.xHigh]).toEqual([0.5, 5.5])
})

test('draws nothing of nothing', () => {
  expect(trendPoints([])).toMatchObject({ all: [], low: 0, high: 1 })
})
