import type { Point } from './encoding.ts'
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
const FITTED_VALUES = 80

/** A value off by more standard deviations than this, by what the others predict, has a noise of its own. */
const SURPRISE = 2.5
/** The largest such noise: slow moments cost a server tens of per cent. */
const LARGEST_OWN_NOISE = 0.15

/** Models a quantity from its values at points. Without values nothing is expected in particular. */
export function modelQuantity(
  points: readonly Point[],
  observed: readonly number[],
  { logarithmic, sign }: Scale,
): QuantityModel {
  const dimensions = points[0]?.length
  if (dimensions === undefined)
    return { posterior: null, withPending: () => ({ predict: () => ({ mean: 0, variance: 1 }) }) }
  const values = Float64Array.from(observed, (value) => sign * (logarithmic ? Math.log(value) : value))
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const unit = logarithmic ? 1 : Math.max(1e-9, ...values.map(Math.abs))
  const prior: Prior = {
    mean,
    scale: Math.sqrt((squares + (SPREAD * unit) ** 2) / (values.length + 1)),
    scaleSpread: 0.5,
    noise: NOISE * unit,
    noiseSpread: 0.4,
    lengthscale: LENGTHSCALE * Math.sqrt(dimensions),
    lengthscaleSpread: 1,
    additive: 0,
    additiveSpread: 1.5,
  }
  const theta = fitHyperparameters(points, values, prior, FIT_STEPS)
  let ownNoise: Float64Array = new Float64Array(values.length)
  let posterior = new Posterior(points, values, mean, theta)
  for (let round = 0; round < 2; round++) {
    const { residuals, surprises, noise } = posterior
    ownNoise = residuals.map((residual, index) => {
      if (Math.abs(surprises[index] ?? 0) < SURPRISE) return ownNoise[index] ?? 0
      return Math.min((LARGEST_OWN_NOISE * unit) ** 2, Math.max(0, residual ** 2 - noise ** 2))
    })
    posterior = new Posterior(points, values, mean, theta, ownNoise)
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
      )
    },
  }
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
