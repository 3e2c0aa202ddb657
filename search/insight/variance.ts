import { seeded } from '../../domain/random.ts'
import { percentile } from '../../domain/statistics/percentile.ts'
import type { Averages } from '../gaussian-process.ts'
import { cholesky } from '../linear-algebra.ts'

/** Draws of a posterior that an interval is made of. */
const DRAWS = 200

/** Standard normal quantile of the ends of a 90 % interval. */
export const Z90 = 1.6449

/** A share of a variance with its 90 % interval. */
export interface Share {
  share: number
  low: number
  high: number
}

/**
 * Returns the share of `total` that a function of the averages has, by draws from their joint posterior: median and
 * 5th and 95th percentiles.
 */
export function shareOf(
  { means, covariance }: Averages,
  total: number,
  variance: (values: Float64Array) => number,
): Share {
  const n = means.length
  const random = seeded(n, DRAWS)
  const scale = covariance.reduce((largest, value) => Math.max(largest, value), 0)
  const factor = cholesky(jittered(covariance, n, 1e-8 * scale + 1e-18), n)
  const shares = Array.from({ length: factor === null ? 1 : DRAWS }, () => {
    const values = Float64Array.from(means)
    const normals = Float64Array.from({ length: n }, () => random.normal())
    if (factor !== null)
      for (let row = 0; row < n; row++)
        for (let k = 0; k <= row; k++)
          values[row] = (values[row] ?? 0) + (factor[row * n + k] ?? 0) * (normals[k] ?? 0)
    return Math.min(1, variance(values) / total)
  })
  const at = (p: number) => percentile(shares, p) ?? 0
  return { share: at(0.5), low: at(0.05), high: at(0.95) }
}

function jittered(matrix: Float64Array, n: number, jitter: number): Float64Array {
  return matrix.map((value, index) => (index % (n + 1) === 0 ? value + jitter : value))
}

/** Mean of values by their weights. */
export function weightedMean(values: ArrayLike<number>, weights: readonly number[]): number {
  const sum = weights.reduce((all, weight) => all + weight, 0)
  return weights.reduce((all, weight, index) => all + weight * (values[index] ?? 0), 0) / sum
}

/** Variance of values by their weights; by default they count alike. */
export function spread(
  values: ArrayLike<number>,
  weights: readonly number[] = Array.from(values, () => 1),
): number {
  const mean = weightedMean(values, weights)
  return weightedMean(
    Array.from(values, (value) => (value - mean) ** 2),
    weights,
  )
}
