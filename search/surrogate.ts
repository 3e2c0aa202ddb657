import { encode, type Dimension, type Point } from './encoding.ts'
import type { Posterior } from './gaussian-process.ts'
import { modelFailures } from './failure-model.ts'
import { logNormalCdf } from './normal.ts'
import type { SearchProblem, Trial, TrialOutcome } from './problem.ts'
import { modelQuantity, type Expectation, type Observed, type Scale } from './quantity-model.ts'

/** What the models expect of a configuration. */
export interface Belief {
  /** Per objective on the scale of its model, more being better whatever its direction. */
  objectives: Expectation[]
  /** Log of the probability that it meets every constraint, given that it runs. */
  logFeasible: number
  /** Log of the probability that it runs. */
  logRuns: number
}

export interface Surrogate {
  belief(point: Point): Belief
  /** Per constraint, the log of the probability that a configuration which runs meets it, with another limit too. */
  constraints: ((point: Point, limit?: number) => number)[]
  /** Per objective, the process of its model's scale without what is pending; null without values. */
  processes: (Posterior | null)[]
  /** Per objective, how its model's scale relates to its own unit. */
  scales: Scale[]
}

/** Returns the value of an objective in its own unit. */
export function inUnit(modelled: number, { logarithmic, sign }: Scale): number {
  return logarithmic ? Math.exp(sign * modelled) : sign * modelled
}

/** Models objectives, constraints and failures; returns a function that adds configurations which are being measured. */
export function buildSurrogate(
  { objectives, constraints }: SearchProblem,
  dimensions: Dimension[],
  trials: readonly Trial[],
): (pending: Point[]) => Surrogate {
  const points = trials.map(({ configuration }) => encode(dimensions, configuration))
  const modelled = (metric: string, scale: Scale) => {
    const known = trials.flatMap(({ outcome }, index) => {
      const observed = observedOf(outcome, metric)
      return observed === null ? [] : [{ observed, index }]
    })
    return modelQuantity(
      known.flatMap(({ index }) => points.slice(index, index + 1)),
      known.map(({ observed }) => observed),
      scale,
    )
  }
  const ofObjectives = objectives.map(({ metric, direction }) => {
    const scale: Scale = {
      logarithmic: allPositive(trials, metric),
      sign: direction === 'maximize' ? 1 : -1,
    }
    return { scale, model: modelled(metric, scale) }
  })
  const ofConstraints = constraints.map(({ metric, op, limit }) => {
    const scale: Scale = { logarithmic: limit > 0 && allPositive(trials, metric), sign: op === '<=' ? 1 : -1 }
    return { scale, limit, model: modelled(metric, scale) }
  })
  const logRuns = modelFailures(
    points,
    trials.map(({ outcome }) => outcome),
  )
  return (pending) => {
    const gains = ofObjectives.map(({ model }) => model.withPending(pending))
    const limits = ofConstraints.map(({ model, scale, limit: present }) => {
      const known = model.withPending(pending)
      return (point: Point, limit = present) => {
        const { mean, variance } = known.predict(point)
        const highest = scale.sign * (scale.logarithmic ? Math.log(limit) : limit)
        return logNormalCdf((highest - mean) / Math.sqrt(variance + 1e-12))
      }
    })
    return {
      constraints: limits,
      processes: ofObjectives.map(({ model }) => model.posterior),
      scales: ofObjectives.map(({ scale }) => scale),
      belief: (point) => ({
        objectives: gains.map((model) => model.predict(point)),
        logFeasible: limits.reduce((sum, logMeets) => sum + logMeets(point), 0),
        logRuns: logRuns(point),
      }),
    }
  }
}

function allPositive(trials: readonly Trial[], metric: string): boolean {
  return trials.every(({ outcome }) => (observedOf(outcome, metric)?.value ?? 1) > 0)
}

/** What a trial says of a metric: its value, or the bound of a measurement that was cut short. */
function observedOf(outcome: TrialOutcome, metric: string): Observed | null {
  if (outcome.status !== 'measured') return null
  const value = outcome.metrics[metric]
  if (typeof value === 'number' && Number.isFinite(value)) return { value, bound: null }
  const bound = outcome.bounds?.[metric]
  return bound === undefined || !Number.isFinite(bound.value) ? null : { value: bound.value, bound: bound.op }
}
