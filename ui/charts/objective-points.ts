import type { ExperimentBrief } from '../../client/client.ts'

export interface Point {
  x: number
  y: number
  number: number
}

export interface ObjectivePoints {
  feasible: Point[]
  infeasible: Point[]
  failed: Point[]
  baseline: Point[]
  confirmation: Point[]
  /** The best feasible objective up to each experiment, as corners of a step line. */
  best: Point[]
  low: number
  high: number
}

/** Sorts experiments into the marks of the chart; failed ones lie at the bottom. */
export function objectivePoints(experiments: ExperimentBrief[], higherIsBetter: boolean): ObjectivePoints {
  const values = experiments.flatMap(({ objective }) => (objective === null ? [] : [objective]))
  const least = Math.min(...values)
  const most = Math.max(...values)
  const room = most > least ? (most - least) * 0.15 : Math.abs(most) * 0.1 || 1
  const low = values.length === 0 ? 0 : Math.max(0, least - room)
  const high = values.length === 0 ? 1 : most + room

  const points: ObjectivePoints = {
    feasible: [],
    infeasible: [],
    failed: [],
    baseline: [],
    confirmation: [],
    best: [],
    low,
    high,
  }
  let best: number | null = null
  for (const { number, kind, state, objective, feasible } of experiments) {
    if (state === 'failed') points.failed.push({ x: number, y: low, number })
    if (objective === null) continue
    const point = { x: number, y: objective, number }
    if (kind === 'confirmation') points.confirmation.push(point)
    else if (kind === 'baseline') points.baseline.push(point)
    else if (feasible === true) points.feasible.push(point)
    else points.infeasible.push(point)
    if (feasible !== true || kind === 'confirmation') continue
    if (best === null || (higherIsBetter ? objective > best : objective < best)) best = objective
    points.best.push({ x: number, y: best, number })
  }
  return points
}

/** Where a chart of a constraint has its marks: its metric against the objective. */
export function constraintPoints(
  experiments: ExperimentBrief[],
  metric: string,
): { feasible: Point[]; infeasible: Point[]; baseline: Point[] } {
  const points = { feasible: [] as Point[], infeasible: [] as Point[], baseline: [] as Point[] }
  for (const { number, kind, objective, feasible, result } of experiments) {
    const checks = result?.status === 'measured' ? result.constraints : []
    const value = checks.find((check) => check.metric === metric)?.value
    if (value == null || objective === null) continue
    const place = kind === 'baseline' ? 'baseline' : feasible === true ? 'feasible' : 'infeasible'
    points[place].push({ x: value, y: objective, number })
  }
  return points
}
