import { encode, type Dimension, type Point } from './encoding.ts'
import { fitGaussianProcess, Posterior, type Prior } from './gaussian-process.ts'
import { logNormalCdf } from './normal.ts'
import type { SearchConstraint, SearchObjective, SearchProblem, Trial } from './problem.ts'
import { T } from './tunables.ts'

/** What the model expects at a point; objectives and constraints on the scale of their models. */
export interface Belief {
  /** More is better, whatever the direction of the objective. */
  objectives: { mean: number; variance: number }[]
  /** Log of metric over limit; at most 0 where the constraint holds. */
  constraints: { mean: number; variance: number }[]
  logFeasible: number
  /** Log of the probability that it runs. */
  logRuns: number
}

/** A quantity that is modelled on the log of its values where those are all positive. */
interface Scale {
  logarithmic: boolean
  sign: 1 | -1
}

export interface Surrogate {
  belief(point: Point): Belief
  logRuns(point: Point): number
  scales: Scale[]
  toUnit(objective: number, modelled: number): number
  noise: number[]
}

export function buildSurrogate(
  problem: SearchProblem,
  dimensions: Dimension[],
  trials: Trial[],
): (pending: Point[], cautious?: boolean) => Surrogate {
  const d = dimensions.length
  const points = trials.map(({ configuration }) => encode(dimensions, configuration))
  const objectives = problem.objectives.map((objective) =>
    quantity(points, trials, d, (metrics) => metrics[objective.metric], objectiveScale(trials, objective)),
  )
  const constraints = problem.constraints.map((constraint) =>
    quantity(points, trials, d, (metrics) => metrics[constraint.metric], constraintScale(trials, constraint)),
  )
  const failures = failureModels(points, trials, d)
  return (pending, cautious = false) => {
    const objectiveModels = objectives.map((model) => model.withPending(pending, cautious))
    const constraintModels = constraints.map((model) => model.withPending(pending, cautious))
    const limits = problem.constraints.map((constraint) =>
      limitOn(constraintScale(trials, constraint), constraint),
    )
    return {
      scales: problem.objectives.map((objective) => objectiveScale(trials, objective)),
      noise: objectiveModels.map(({ noise }) => noise),
      toUnit: (index, value) => {
        const objective = problem.objectives[index]
        if (objective === undefined) return value
        const { logarithmic, sign } = objectiveScale(trials, objective)
        return logarithmic ? Math.exp(sign * value) : sign * value
      },
      logRuns: failures,
      belief: (point) => {
        const ofConstraints = constraintModels.map((model, index) => {
          const { mean, variance } = model.predict(point)
          return { mean: mean - (limits[index] ?? 0), variance }
        })
        return {
          objectives: objectiveModels.map((model) => model.predict(point)),
          constraints: ofConstraints,
          logFeasible: ofConstraints.reduce(
            (sum, { mean, variance }) => sum + logNormalCdf(-mean / Math.sqrt(variance + 1e-12)),
            0,
          ),
          logRuns: failures(point),
        }
      },
    }
  }
}

function objectiveScale(trials: Trial[], { metric, direction }: SearchObjective): Scale {
  return { logarithmic: allPositive(trials, metric), sign: direction === 'maximize' ? 1 : -1 }
}

function constraintScale(trials: Trial[], { metric, op, limit }: SearchConstraint): Scale {
  return { logarithmic: limit > 0 && allPositive(trials, metric), sign: op === '<=' ? 1 : -1 }
}

function limitOn({ logarithmic, sign }: Scale, { limit }: SearchConstraint): number {
  return sign * (logarithmic ? Math.log(limit) : limit)
}

function allPositive(trials: Trial[], metric: string): boolean {
  return trials.every(({ outcome }) => {
    const value = outcome.status === 'measured' ? outcome.metrics[metric] : null
    return value === null || value === undefined || !Number.isFinite(value) || value > 0
  })
}

/** The most values that hyperparameters are fitted to: an even choice of more. */
const FITTED_VALUES = 80

function fitHyperparameters(
  points: Point[],
  values: Float64Array,
  prior: Prior,
  steps: number,
): Float64Array {
  if (points.length <= FITTED_VALUES) return fitGaussianProcess(points, values, prior, { steps })
  const chosen = Array.from(
    { length: FITTED_VALUES },
    (_, turn) => Math.floor(((turn + 1) * points.length) / FITTED_VALUES) - 1,
  )
  const some = chosen.flatMap((index) => points.slice(index, index + 1))
  return fitGaussianProcess(
    some,
    Float64Array.from(chosen, (index) => values[index] ?? 0),
    prior,
    { steps },
  )
}

interface QuantityModel {
  predict(point: Point): { mean: number; variance: number }
  noise: number
}

function quantity(
  all: Point[],
  trials: Trial[],
  d: number,
  read: (metrics: Readonly<Record<string, number | null | undefined>>) => number | null | undefined,
  { logarithmic, sign }: Scale,
): { withPending(pending: Point[], cautious: boolean): QuantityModel } {
  const points: Point[] = []
  const list: number[] = []
  trials.forEach(({ outcome }, index) => {
    const point = all[index]
    const value = outcome.status === 'measured' ? read(outcome.metrics) : null
    if (point === undefined || value === null || value === undefined || !Number.isFinite(value)) return
    points.push(point)
    list.push(sign * (logarithmic ? Math.log(value) : value))
  })
  if (list.length === 0)
    return { withPending: () => ({ predict: () => ({ mean: 0, variance: 1 }), noise: 0.03 }) }
  const values = Float64Array.from(list)
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length
  const squares = list.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const unit = logarithmic ? 1 : Math.max(1e-9, ...list.map(Math.abs))
  const scale = Math.sqrt((squares + T.priorCount * (0.5 * unit) ** 2) / (list.length + T.priorCount))
  const prior: Prior = {
    mean,
    scale,
    scaleSpread: 0.5,
    noise: 0.03 * unit,
    noiseSpread: 0.4,
    lengthscale: T.lengthscale * Math.sqrt(d),
    lengthscaleSpread: T.lengthscaleSpread,
    additive: T.additive,
    additiveSpread: 1.5,
  }
  const theta = fitHyperparameters(points, values, prior, T.steps)
  let extraNoise: Float64Array = new Float64Array(values.length)
  let posterior = new Posterior(points, values, mean, theta, extraNoise)
  for (let round = 0; round < T.robustRounds; round++) {
    const { noise } = posterior
    extraNoise = posterior.residuals.map((residual, index) => {
      const surprise = Math.abs(posterior.surprises[index] ?? 0)
      if (surprise < 2.5) return extraNoise[index] ?? 0
      return Math.min(0.15 ** 2 * unit ** 2, Math.max(0, residual ** 2 - noise ** 2))
    })
    posterior = new Posterior(points, values, mean, theta, extraNoise)
  }
  return {
    withPending: (pending, cautious) => {
      if (pending.length === 0 && !cautious) return posterior
      const used = cautious
        ? theta.map((value, p) =>
            p < 3 ? value : Math.min(value, Math.log(prior.lengthscale * T.cautiousFactor)),
          )
        : theta
      if (cautious) used[0] = Math.max(used[0] ?? 0, 2 * Math.log(T.cautiousScale))
      const believed = pending.map((point) => posterior.mean(point))
      return new Posterior(
        [...points, ...pending],
        Float64Array.from([...values, ...believed]),
        mean,
        used,
        Float64Array.from([...extraNoise, ...pending.map(() => 0)]),
      )
    },
  }
}

/** Returns the log of the probability that a configuration runs, each kind of failure learned by itself. */
function failureModels(all: Point[], trials: Trial[], d: number): (point: Point) => number {
  const failed = new Map<string, number>()
  let ran = 0
  for (const { outcome } of trials) {
    if (outcome.status === 'failed') failed.set(outcome.kind, (failed.get(outcome.kind) ?? 0) + 1)
    if (outcome.status === 'measured') ran++
  }
  const kinds = [...failed.entries()].sort((a, b) => b[1] - a[1])
  const groups =
    kinds.length <= 4
      ? kinds.map(([kind]) => [kind])
      : [...kinds.slice(0, 3).map(([kind]) => [kind]), kinds.slice(3).map(([kind]) => kind)]
  if (groups.length === 0) groups.push([])
  const models = groups.map((group) => {
    const points: Point[] = []
    const labels: number[] = []
    trials.forEach(({ outcome }, index) => {
      const point = all[index]
      if (point === undefined || outcome.status === 'pending') return
      const fails = outcome.status === 'failed' && group.includes(outcome.kind)
      if (outcome.status === 'failed' && !fails) return
      points.push(point)
      labels.push(fails ? T.label : -T.label)
    })
    const count = labels.filter((label) => label > 0).length
    const rate = (count + T.failPrior / groups.length) / (count + ran + 2)
    const mean = T.label * (2 * rate - 1) * T.failMean
    const prior: Prior = {
      mean,
      scale: T.label * T.failScale,
      scaleSpread: 0.3,
      noise: 0.2 * T.label,
      noiseSpread: 0.3,
      lengthscale: T.failLengthscale * Math.sqrt(d),
      lengthscaleSpread: T.failSpread,
      additive: T.failAdditive,
      additiveSpread: 1.5,
    }
    const values = Float64Array.from(labels)
    const theta = fitHyperparameters(points, values, prior, count > 0 ? T.failSteps : 0)
    return points.length === 0 ? null : new Posterior(points, values, mean, theta)
  })
  return (point) =>
    models.reduce((sum, model) => {
      if (model === null) return sum
      const { mean, variance } = model.predict(point)
      return sum + logNormalCdf(-mean / Math.sqrt(1 + T.failVar * variance))
    }, 0)
}
