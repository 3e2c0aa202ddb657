import type { ScheduleRun } from '../../client/client.ts'

interface TrendPoint {
  /** Counted from 1, the oldest run that is shown. */
  x: number
  y: number
  run: ScheduleRun
}

export interface TrendPoints {
  /** Runs with a result, the oldest first. */
  steady: TrendPoint[]
  gains: TrendPoint[]
  regressions: TrendPoint[]
  /** Finished runs without a result, at the bottom. */
  without: TrendPoint[]
  all: TrendPoint[]
  /** The ends of the axis of runs, which has no number of a run that there is not. */
  xLow: number
  xHigh: number
  low: number
  high: number
}

/** Sorts the finished runs of a schedule, the newest first, into the marks of its trend. */
export function trendPoints(runs: ScheduleRun[]): TrendPoints {
  const finished = runs.filter(({ finishedAt }) => finishedAt !== null).toReversed()
  const values = finished.flatMap(({ best }) => (best === null ? [] : [best.objective]))
  const least = Math.min(...values)
  const most = Math.max(...values)
  const room = most > least ? (most - least) * 0.25 : Math.abs(most) * 0.1 || 1
  const low = values.length === 0 ? 0 : Math.max(0, least - room)
  const points: TrendPoints = {
    steady: [],
    gains: [],
    regressions: [],
    without: [],
    all: [],
    xLow: 0.5,
    xHigh: Math.max(1, finished.length) + 0.5,
    low,
    high: values.length === 0 ? 1 : most + room,
  }
  for (const [index, run] of finished.entries()) {
    const { best, comparison } = run
    const point = { x: index + 1, y: best?.objective ?? low, run }
    const verdict = comparison?.verdict
    // A regression may be that nothing met the limits any more: it has no result, and is marked all the same.
    if (verdict === 'regression') points.regressions.push(point)
    else if (best === null) points.without.push(point)
    else if (verdict === 'gain') points.gains.push(point)
    else points.steady.push(point)
    if (best !== null) points.all.push(point)
  }
  return points
}
