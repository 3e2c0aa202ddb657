import type { Point } from './encoding.ts'
import type { Prior } from './gaussian-process-fit.ts'
import { Posterior } from './gaussian-process.ts'
import { logNormalCdf } from './normal.ts'
import type { TrialOutcome } from './problem.ts'
import { fitHyperparameters } from './quantity-model.ts'

/** Values of the function under a failure's probability (by the normal distribution): this if it failed, less if not. */
const LABEL = 2
/** Kinds with a model of their own; rarer ones share the last. */
const KINDS = 4
const LENGTHSCALE = 0.4
const FIT_STEPS = 15

/**
 * Returns the log of the probability that a configuration runs. Each kind of failure is learned by itself, from what
 * failed of it and what ran: what failed of another kind says nothing about it. Regression on labels, seen through the
 * normal distribution (Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, section 6.5).
 */
export function modelFailures(
  points: readonly Point[],
  outcomes: readonly TrialOutcome[],
): (point: Point) => number {
  const groups = groupedKinds(outcomes)
  const ran = outcomes.filter(({ status }) => status === 'measured').length
  const models = groups.flatMap((kinds) => {
    const taken: Point[] = []
    const labels: number[] = []
    outcomes.forEach((outcome, index) => {
      const point = points[index]
      const failed = outcome.status === 'failed' && kinds.includes(outcome.kind)
      if (point === undefined || (!failed && outcome.status !== 'measured')) return
      taken.push(point)
      labels.push(failed ? LABEL : -LABEL)
    })
    const dimensions = taken[0]?.length
    if (dimensions === undefined) return []
    const failures = labels.filter((label) => label > 0).length
    const rate = (failures + 0.5 / groups.length) / (failures + ran + 2)
    const prior: Prior = {
      mean: LABEL * (rate - 0.5),
      scale: LABEL,
      scaleSpread: 0.3,
      noise: 0.2 * LABEL,
      noiseSpread: 0.3,
      lengthscale: LENGTHSCALE * Math.sqrt(dimensions),
      lengthscaleSpread: 1,
      additive: 0,
      additiveSpread: 1.5,
    }
    const values = Float64Array.from(labels)
    const theta = fitHyperparameters(taken, values, prior, failures > 0 ? FIT_STEPS : 0)
    return [new Posterior(taken, values, prior.mean, theta)]
  })
  return (point) =>
    models.reduce((sum, model) => {
      const { mean, variance } = model.predict(point)
      return sum + logNormalCdf(-mean / Math.sqrt(1 + variance))
    }, 0)
}

/** The kinds of failures, most frequent first, in groups that are learned together; one empty group without any. */
function groupedKinds(outcomes: readonly TrialOutcome[]): string[][] {
  const counts = new Map<string, number>()
  for (const outcome of outcomes) {
    if (outcome.status === 'failed') counts.set(outcome.kind, (counts.get(outcome.kind) ?? 0) + 1)
  }
  const kinds = [...counts].toSorted((a, b) => b[1] - a[1]).map(([kind]) => kind)
  if (kinds.length === 0) return [[]]
  if (kinds.length <= KINDS) return kinds.map((kind) => [kind])
  return [...kinds.slice(0, KINDS - 1).map((kind) => [kind]), kinds.slice(KINDS - 1)]
}
