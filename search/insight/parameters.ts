import type { Configuration, ParameterValue } from '../../domain/parameter.ts'
import type { EffectPoint, ParameterInsight } from '../../domain/insight.ts'
import { meanOf } from '../../domain/statistics/moments.ts'
import type { Dimension, Point } from '../encoding.ts'
import type { Posterior } from '../gaussian-process.ts'
import type { Scale } from '../quantity-model.ts'
import { inUnit, type Belief, type Surrogate } from '../surrogate.ts'
import { shareOf, spread, Z90 } from './variance.ts'
import { shownValues, type ShownValue, type View } from './view.ts'

/** The most values of a parameter that its effect is shown at, beside special ones. */
const SHOWN_VALUES = 9

/** What a model knows of an objective. */
export interface Known {
  surrogate: Surrogate
  process: Posterior
  scale: Scale
  /** Variance of the objective over the space, on the model's scale, as far as it is expected. */
  total: number
}

/**
 * Returns what one parameter does: its main effect, the average over the space with the parameter held at each value, and
 * the share of the objective's variance that it is (functional ANOVA: Hutter, Hoos and Leyton-Brown, An Efficient
 * Approach for Assessing Hyperparameter Importance, 2014; here of a Gaussian process, whose joint posterior gives the
 * intervals). A parameter that exists in part of the space is looked at there, and its share is of the whole.
 */
export function parameterInsight(
  view: View,
  dimension: Dimension,
  known: Known,
  best: Configuration | null,
): ParameterInsight {
  const { name } = dimension
  const { process, total } = known
  const there = shownValues(dimension, SHOWN_VALUES)
    .map((shown) => ({ ...shown, points: view.points({ [name]: shown.value }) }))
    .filter(({ points }) => points.length > 0)
  const weights = there.map(({ weight }) => weight)
  const averages = process.averages(there.map(({ points }) => points))
  const present = (there[0]?.points.length ?? 0) / Math.max(1, view.bases.length)
  return {
    parameter: name,
    importance: shareOf(averages, total, (effect) => present * spread(effect, weights)),
    total: Math.min(1, (present * ownVariance(there, process)) / total),
    best: best?.[name] ?? null,
    effect: there.map(({ value, points }, index) => {
      const mean = averages.means[index] ?? 0
      const variance = averages.covariance[index * there.length + index] ?? 0
      const fromBest = best === null ? null : view.changed(best, { [name]: value })
      return effectPoint(value, points, fromBest, mean, Math.sqrt(Math.max(0, variance)), known)
    }),
  }
}

function effectPoint(
  value: ParameterValue,
  points: readonly Point[],
  fromBest: Point | null,
  mean: number,
  sd: number,
  { scale, surrogate }: Known,
): EffectPoint {
  const ends = [inUnit(mean - Z90 * sd, scale), inUnit(mean + Z90 * sd, scale)]
  const beliefs = points.map((point) => surrogate.belief(point))
  const average = (probability: (belief: Belief) => number) => meanOf(beliefs.map(probability))
  const best = fromBest === null ? null : surrogate.belief(fromBest)
  return {
    value,
    mean: inUnit(mean, scale),
    low: Math.min(...ends),
    high: Math.max(...ends),
    failure: average(failureOf),
    feasible: average(feasibilityOf),
    fromBest:
      best === null
        ? null
        : {
            mean: inUnit(best.objectives[0]?.mean ?? 0, scale),
            failure: failureOf(best),
            feasible: feasibilityOf(best),
          },
  }
}

const failureOf = ({ logRuns }: Belief) => 1 - Math.exp(logRuns)
const feasibilityOf = ({ logFeasible }: Belief) => Math.exp(logFeasible)

/**
 * The variance that changes of this parameter alone make, whatever the others are: its mean over the bases (what
 * M. J. W. Jansen, Analysis of variance designs for model output, 1999, estimates by pairs).
 */
function ownVariance(groups: readonly (ShownValue & { points: Point[] })[], process: Posterior): number {
  const weights = groups.map(({ weight }) => weight)
  const means = groups.map(({ points }) => points.map((point) => process.mean(point)))
  const bases = means[0] ?? []
  return bases.length === 0
    ? 0
    : meanOf(
        bases.map((_, base) =>
          spread(
            means.map((each) => each[base] ?? 0),
            weights,
          ),
        ),
      )
}
