import type { Point } from './encoding.ts'
import type { Bound } from './problem.ts'
import { truncatedBelow } from './truncated-normal.ts'
import { fitGaussianProcess, type Prior } from './gaussian-process-fit.ts'
import { Posterior } from './gaussian-process.ts'

/** What is expected of a quantity at a point, on the scale of its model. */
export interface Expectation {
  mean: number
  variance: number
}

/** A quantity is modelled on the log of its values where those are all positive, and turned by the sign. */
export interface Scale {
  logarithmic: boolean
  sign: 1 | -1
}

export interface QuantityModel {
  /** The process behind it; null without values. */
  posterior: Posterior | null
  /** The model with more points, taken to come out as expected. */
  withPending(pending: readonly Point[]): { predict(point: Point): Expectation }
}

/** Noise of one measurement that is expected before there are repetitions: a few per cent. */
const NOISE = 0.03

/** Spread of a quantity over a space that is expected before it is known: a factor of 1.6 either way. */
const SPREAD = 0.5

/** Lengthscales grow with the root of the number of dimensions, as distances do (Hvarfner et al., 2024). */
const LENGTHSCALE = 0.5

/** Steps of a fit; more change little. */
const FIT_STEPS = 25

/** The most values that hyperparameters are fitted to: an even choice of more. */
const FITTED_VALUES = 64

/** A value off by more standard deviations than this, by what the others predict, has a noise of its own. */
const SURPRISE = 2.5
/** Outliers and bounds are judged by what the others expect, which they change in turn. */
const ROUNDS = 2
/** Noise of an observation that says nothing, as a multiple of the function's variance. */
const VAGUE = 1e4
/** What adds less than this share to what is known adds nothing. */
const NOTHING = 1e-3
/** The largest such noise: slow moments cost a server tens of per cent. */
const LARGEST_OWN_NOISE = 0.15

/** A value at a point; with a bound, one that it is known to be at least or at most. */
export interface Observed {
  value: number
  bound: Bound['op'] | null
}

/**
 * Models a quantity from its values at points. Without values nothing is expected in particular. A value of which only a
 * bound is known adds what the bound says beyond what the others expect: nothing where they expect it anyway (expectation
 * propagation: Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, section 3.6).
 */
export function modelQuantity(
  points: readonly Point[],
  observed: readonly Observed[],
  { logarithmic, sign }: Scale,
): QuantityModel {
  const dimensions = points[0]?.length
  if (dimensions === undefined)
    return { posterior: null, withPending: () => ({ predict: () => ({ mean: 0, variance: 1 }) }) }
  const all = Float64Array.from(observed, ({ value }) => sign * (logarithmic ? Math.log(value) : value))
  const sides = observed.map(({ bound }) => (bound === null ? 0 : sign * (bound === '>=' ? 1 : -1)))
  const anyExact = sides.includes(0)
  const isExact = (_: unknown, index: number) => !anyExact || sides[index] === 0
  const exact = all.filter(isExact)
  const mean = exact.reduce((sum, value) => sum + value, 0) / exact.length
  // A bound beyond the mean is at least so far off it.
  const beyond = all.filter(
    (value, index) => !isExact(value, index) && (sides[index] ?? 0) * (value - mean) > 0,
  )
  const spreading = [...exact, ...beyond]
  const squares = spreading.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const unit = logarithmic ? 1 : Math.max(1e-9, ...exact.map(Math.abs))
  const prior: Prior = {
    mean,
    scale: Math.sqrt((squares + (SPREAD * unit) ** 2) / (spreading.length + 1)),
    scaleSpread: 0.5,
    noise: NOISE * unit,
    noiseSpread: 0.4,
    lengthscale: LENGTHSCALE * Math.sqrt(dimensions),
    lengthscaleSpread: 1,
    additive: 0,
    additiveSpread: 1.5,
  }
  const theta = fitHyperparameters(points.filter(isExact), exact, prior, FIT_STEPS)
  const vague = VAGUE * prior.scale ** 2
  const values = all.map((value, index) => (sides[index] === 0 ? value : mean))
  let ownNoise: Float64Array = Float64Array.from(sides, (side) => (side === 0 ? 0 : vague))
  const unknown = prior.lengthscale
  let posterior = new Posterior(points, values, mean, theta, ownNoise, unknown)
  for (let round = 0; round < ROUNDS; round++) {
    const { residuals, surprises, spreads, noise } = posterior
    ownNoise = residuals.map((residual, index) => {
      const side = sides[index] ?? 0
      const own = ownNoise[index] ?? 0
      if (side !== 0) {
        const expected = (values[index] ?? 0) - residual
        const variance = Math.max(1e-9, (spreads[index] ?? 1) ** 2 - noise ** 2 - own)
        const told = toldByBound({ mean: expected, variance }, side, all[index] ?? 0)
        if (told === null) return vague
        values[index] = told.mean
        return Math.min(vague, Math.max(0, told.variance - noise ** 2))
      }
      if (Math.abs(surprises[index] ?? 0) < SURPRISE) return own
      return Math.min((LARGEST_OWN_NOISE * unit) ** 2, Math.max(0, residual ** 2 - noise ** 2))
    })
    posterior = new Posterior(points, values, mean, theta, ownNoise, unknown)
  }
  return {
    posterior,
    withPending: (pending) => {
      if (pending.length === 0) return posterior
      const expected = pending.map((point) => posterior.mean(point))
      return new Posterior(
        [...points, ...pending],
        Float64Array.from([...values, ...expected]),
        mean,
        theta,
        Float64Array.from([...ownNoise, ...pending.map(() => 0)]),
        unknown,
      )
    },
  }
}

/** What a bound on one side (1: at least, -1: at most) adds to what is expected, as an observation; null when nothing. */
function toldByBound({ mean, variance }: Expectation, side: number, bound: number): Expectation | null {
  const truncated = truncatedBelow(side * mean, Math.sqrt(variance), side * bound)
  const precision = 1 / Math.max(1e-9, truncated.variance) - 1 / variance
  if (precision < NOTHING / variance) return null
  const weighted = truncated.mean / Math.max(1e-9, truncated.variance) - (side * mean) / variance
  return { mean: (side * weighted) / precision, variance: 1 / precision }
}

/** Fits the hyperparameters of a process to values, or to an even choice of many. */
export function fitHyperparameters(
  points: readonly Point[],
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
