import type { Point } from './encoding.ts'
import {
  additiveShare,
  FIRST_LENGTHSCALE,
  fillMatern,
  levelsOf,
  type Levels,
  type MaternTable,
} from './kernel.ts'
import { cholesky, inverseOf, solveLower, solveUpper } from './linear-algebra.ts'

/** What is believed about a function before its data: medians and spreads of the logs of the kernel's parameters. */
export interface Prior {
  mean: number
  /** Standard deviation of the function, median. */
  scale: number
  scaleSpread: number
  /** Standard deviation of the noise of one observation, median. */
  noise: number
  noiseSpread: number
  lengthscale: number
  lengthscaleSpread: number
  /** Logit of the share of the variance that is a sum over single parameters. */
  additive: number
  additiveSpread: number
}

/**
 * Returns the hyperparameters of the Gaussian process that fits values at points: those of the largest posterior
 * density, found by Rprop (Riedmiller and Braun, 1993). The kernel is a share of a sum and a share of a product over
 * the dimensions, each a Matérn 3/2 kernel with a lengthscale of its own, so that a dimension that does not matter
 * drops out of both. Order: log variance, logit of the additive share, log noise variance, logs of the lengthscales.
 */
export function fitGaussianProcess(
  points: readonly Point[],
  values: Float64Array,
  prior: Prior,
  { steps }: { steps: number },
): Float64Array {
  const levels = levelsOf(points)
  const { medians, spreads } = hyperprior(prior, levels.count)
  const theta = Float64Array.from(medians)
  if (points.length < 3) return theta
  const centred = values.map((value) => value - prior.mean)
  const step = new Float64Array(theta.length).fill(0.3)
  let last = new Float64Array(theta.length)
  let best: Float64Array = medians
  let bestDensity = -Infinity
  const work = workspace(points.length, levels)
  for (let round = 0; round < steps; round++) {
    const { density, gradient } = densityAt(theta, medians, spreads, levels, centred, work)
    if (density > bestDensity) {
      bestDensity = density
      best = Float64Array.from(theta)
    }
    for (let p = 0; p < theta.length; p++) {
      const slope = gradient[p] ?? 0
      const before = last[p] ?? 0
      let length = step[p] ?? 0
      if (slope * before > 0) length = Math.min(1, length * 1.3)
      else if (slope * before < 0) length = Math.max(0.005, length * 0.5)
      step[p] = length
      const bound = BOUND_SPREADS * (spreads[p] ?? 1)
      const middle = medians[p] ?? 0
      const moved = (theta[p] ?? 0) + Math.sign(slope) * length
      theta[p] = Math.min(middle + bound, Math.max(middle - bound, moved))
    }
    last = gradient
  }
  return best
}

/** No hyperparameter goes further from its median than this many spreads. */
const BOUND_SPREADS = 4

function hyperprior(prior: Prior, dimensions: number): { medians: Float64Array; spreads: Float64Array } {
  const lengthscales = new Array<number>(dimensions)
  return {
    medians: Float64Array.of(
      2 * Math.log(prior.scale),
      prior.additive,
      2 * Math.log(prior.noise),
      ...lengthscales.fill(Math.log(prior.lengthscale)),
    ),
    spreads: Float64Array.of(
      2 * prior.scaleSpread,
      prior.additiveSpread,
      2 * prior.noiseSpread,
      ...lengthscales.fill(prior.lengthscaleSpread),
    ),
  }
}

/** Log of the density of values and hyperparameters, up to a constant, and its gradient by the hyperparameters. */
export function logPosterior(
  theta: Float64Array,
  points: readonly Point[],
  values: Float64Array,
  prior: Prior,
): { density: number; gradient: Float64Array } {
  const levels = levelsOf(points)
  const { medians, spreads } = hyperprior(prior, levels.count)
  const centred = values.map((value) => value - prior.mean)
  return densityAt(theta, medians, spreads, levels, centred, workspace(points.length, levels))
}

/** Buffers of one size, used again at each step. */
interface Workspace {
  matrix: Float64Array
  product: Float64Array
  additive: Float64Array
  tables: MaternTable[]
}

function workspace(n: number, levels: Levels): Workspace {
  return {
    matrix: new Float64Array(n * n),
    product: new Float64Array(n * n),
    additive: new Float64Array(n * n),
    tables: levels.dimensions.map(({ distance }) => ({
      kernel: new Float64Array(distance.length),
      slope: new Float64Array(distance.length),
      ratio: new Float64Array(distance.length),
    })),
  }
}

interface Density {
  density: number
  gradient: Float64Array<ArrayBuffer>
}

function densityAt(
  theta: Float64Array,
  medians: Float64Array,
  spreads: Float64Array,
  levels: Levels,
  values: Float64Array,
  work: Workspace,
): Density {
  const result = hyperpriorDensity(theta, medians, spreads)
  const n = values.length
  fillKernels(theta, levels, n, work)
  const factor = cholesky(work.matrix, n)
  if (factor === null) return { ...result, density: -Infinity }
  const weights = Float64Array.from(values)
  solveLower(factor, n, weights)
  for (let a = 0; a < n; a++) {
    const w = weights[a] ?? 0
    result.density -= 0.5 * w * w + Math.log(factor[a * n + a] ?? 1)
  }
  solveUpper(factor, n, weights)
  addGradient(result.gradient, theta, levels, weights, inverseOf(factor, n), work)
  return result
}

function hyperpriorDensity(theta: Float64Array, medians: Float64Array, spreads: Float64Array): Density {
  const gradient = new Float64Array(theta.length)
  let density = 0
  for (let p = 0; p < theta.length; p++) {
    const spread = spreads[p] ?? 1
    const z = ((theta[p] ?? 0) - (medians[p] ?? 0)) / spread
    density -= 0.5 * z * z
    gradient[p] = -z / spread
  }
  return { density, gradient }
}

/** Fills the lower triangles of the product and the sum of the dimensions' kernels, and of the covariance of the values. */
function fillKernels(theta: Float64Array, levels: Levels, n: number, work: Workspace): void {
  const { matrix, product, additive, tables } = work
  product.fill(1)
  additive.fill(0)
  levels.dimensions.forEach(({ distance, index, codes }, d) => {
    const table = tables[d]
    if (table === undefined) return
    const lengthscale = Math.exp(theta[FIRST_LENGTHSCALE + d] ?? 0)
    fillMatern(table, distance, codes.length, lengthscale)
    const { kernel } = table
    for (let a = 1; a < n; a++) {
      const from = (index[a] ?? 0) * codes.length
      const rowAt = a * n
      for (let b = 0; b < a; b++) {
        const value = kernel[from + (index[b] ?? 0)] ?? 0
        product[rowAt + b] = (product[rowAt + b] ?? 0) * value
        additive[rowAt + b] = (additive[rowAt + b] ?? 0) + value
      }
    }
  })
  const variance = Math.exp(theta[0] ?? 0)
  const share = additiveShare(theta)
  const noise = Math.exp(theta[2] ?? 0)
  const perDimension = share / levels.count
  for (let a = 0; a < n; a++) {
    const rowAt = a * n
    for (let b = 0; b < a; b++)
      matrix[rowAt + b] =
        variance * ((1 - share) * (product[rowAt + b] ?? 0) + perDimension * (additive[rowAt + b] ?? 0))
    matrix[rowAt + a] = variance + noise + 1e-8 * variance
  }
}

/**
 * Adds the derivatives of the values' log density: with Q = weights weightsᵀ - inverse, each is half the sum of Q times
 * that of the kernel. It uses up the matrices of the workspace.
 */
function addGradient(
  gradient: Float64Array,
  theta: Float64Array,
  levels: Levels,
  weights: Float64Array,
  inverse: Float64Array,
  { matrix, product, additive, tables }: Workspace,
): void {
  const n = weights.length
  const variance = Math.exp(theta[0] ?? 0)
  const share = additiveShare(theta)
  const noise = Math.exp(theta[2] ?? 0)
  let byVariance = 0
  let byShare = 0
  let byNoise = 0
  for (let a = 0; a < n; a++) {
    const rowAt = a * n
    const wa = weights[a] ?? 0
    const own = wa * wa - (inverse[rowAt + a] ?? 0)
    byNoise += 0.5 * own * noise
    byVariance += 0.5 * own * variance
    for (let b = 0; b < a; b++) {
      const q = wa * (weights[b] ?? 0) - (inverse[rowAt + b] ?? 0)
      const p = product[rowAt + b] ?? 0
      byVariance += q * (matrix[rowAt + b] ?? 0)
      byShare += q * variance * ((additive[rowAt + b] ?? 0) / levels.count - p)
      // From here on the matrices hold what the derivatives by lengthscales are made of.
      matrix[rowAt + b] = q
      product[rowAt + b] = q * variance * (1 - share) * p
    }
  }
  gradient[0] = (gradient[0] ?? 0) + byVariance
  gradient[1] = (gradient[1] ?? 0) + byShare * share * (1 - share)
  gradient[2] = (gradient[2] ?? 0) + byNoise
  const additiveWeight = (variance * share) / levels.count
  levels.dimensions.forEach(({ index, codes }, d) => {
    const table = tables[d]
    const width = codes.length
    if (table === undefined || width === 1) return
    const { slope, ratio } = table
    let sum = 0
    for (let a = 1; a < n; a++) {
      const from = (index[a] ?? 0) * width
      const rowAt = a * n
      for (let b = 0; b < a; b++) {
        const k = from + (index[b] ?? 0)
        sum +=
          (product[rowAt + b] ?? 0) * (ratio[k] ?? 0) +
          (matrix[rowAt + b] ?? 0) * additiveWeight * (slope[k] ?? 0)
      }
    }
    gradient[FIRST_LENGTHSCALE + d] = (gradient[FIRST_LENGTHSCALE + d] ?? 0) + sum
  })
}
