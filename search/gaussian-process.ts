import { cholesky, inverseOf, solveLower, solveUpper, type Factor } from './linear-algebra.ts'
import { codeDistance, type Point } from './encoding.ts'

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

const SQRT3 = Math.sqrt(3)

/** Per dimension the distinct codes of the data, and per point the index of its code. */
interface Levels {
  count: number
  dimensions: { codes: Float64Array; index: Int32Array; distance: Float64Array }[]
}

function levelsOf(points: readonly Point[]): Levels {
  const count = points[0]?.length ?? 0
  const dimensions = Array.from({ length: count }, (_, d) => {
    const codes = Float64Array.from(new Set(points.map((point) => point[d] ?? 0))).sort()
    const places = new Map(Array.from(codes, (code, place) => [code, place]))
    const index = Int32Array.from(points, (point) => places.get(point[d] ?? 0) ?? 0)
    const size = codes.length
    const distance = new Float64Array(size * size)
    for (let a = 0; a < size; a++)
      for (let b = 0; b < size; b++) distance[a * size + b] = codeDistance(codes[a] ?? 0, codes[b] ?? 0)
    return { codes, index, distance }
  })
  return { count, dimensions }
}

const FIRST_LENGTHSCALE = 3

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

interface Workspace {
  matrix: Float64Array
  product: Float64Array
  tables: { kernel: Float64Array; slope: Float64Array }[]
}

function workspace(n: number, levels: Levels): Workspace {
  return {
    matrix: new Float64Array(n * n),
    product: new Float64Array(n * n),
    tables: levels.dimensions.map(({ distance }) => ({
      kernel: new Float64Array(distance.length),
      slope: new Float64Array(distance.length),
    })),
  }
}

function densityAt(
  theta: Float64Array,
  medians: Float64Array,
  spreads: Float64Array,
  levels: Levels,
  values: Float64Array,
  work: Workspace,
): { density: number; gradient: Float64Array<ArrayBuffer> } {
  const n = values.length
  const gradient = new Float64Array(theta.length)
  let density = 0
  for (let p = 0; p < theta.length; p++) {
    const spread = spreads[p] ?? 1
    const z = ((theta[p] ?? 0) - (medians[p] ?? 0)) / spread
    density -= 0.5 * z * z
    gradient[p] = -z / spread
  }
  const variance = Math.exp(theta[0] ?? 0)
  const share = 1 / (1 + Math.exp(-(theta[1] ?? 0)))
  const noise = Math.exp(theta[2] ?? 0)
  const { matrix, product, tables } = work
  const additive = new Float64Array(n * n)
  product.fill(1)
  for (let d = 0; d < levels.count; d++) {
    const dimension = levels.dimensions[d]
    const table = tables[d]
    if (dimension === undefined || table === undefined) continue
    const { distance, index, codes } = dimension
    const { kernel, slope } = table
    const lengthscale = Math.exp(theta[FIRST_LENGTHSCALE + d] ?? 0)
    for (let k = 0; k < distance.length; k++) {
      const z = (SQRT3 * (distance[k] ?? 0)) / lengthscale
      const decay = Math.exp(-z)
      kernel[k] = (1 + z) * decay
      slope[k] = z * z * decay
    }
    const width = codes.length
    for (let a = 1; a < n; a++) {
      const from = (index[a] ?? 0) * width
      const rowAt = a * n
      for (let b = 0; b < a; b++) {
        const value = kernel[from + (index[b] ?? 0)] ?? 0
        product[rowAt + b] = (product[rowAt + b] ?? 0) * value
        additive[rowAt + b] = (additive[rowAt + b] ?? 0) + value
      }
    }
  }
  const perDimension = share / levels.count
  for (let a = 0; a < n; a++) {
    const rowAt = a * n
    for (let b = 0; b < a; b++)
      matrix[rowAt + b] =
        variance * ((1 - share) * (product[rowAt + b] ?? 0) + perDimension * (additive[rowAt + b] ?? 0))
    matrix[rowAt + a] = variance + noise + 1e-8 * variance
  }
  const factor = cholesky(matrix, n)
  if (factor === null) return { density: -Infinity, gradient }
  const weights = Float64Array.from(values)
  solveLower(factor, n, weights)
  for (let a = 0; a < n; a++) {
    const w = weights[a] ?? 0
    density -= 0.5 * w * w + Math.log(factor[a * n + a] ?? 1)
  }
  solveUpper(factor, n, weights)
  const inverse = inverseOf(factor, n)

  // With Q = weights weightsᵀ - inverse, each derivative is half the sum of Q times that of the kernel.
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
  const additiveWeight = variance * perDimension
  for (let d = 0; d < levels.count; d++) {
    const dimension = levels.dimensions[d]
    const table = tables[d]
    if (dimension === undefined || table === undefined) continue
    const { index, codes } = dimension
    const width = codes.length
    if (width === 1) continue
    const { kernel, slope } = table
    const ratio = kernel.map((value, k) => (value > 1e-300 ? (slope[k] ?? 0) / value : 0))
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
    const p = FIRST_LENGTHSCALE + d
    gradient[p] = (gradient[p] ?? 0) + sum
  }
  return { density, gradient }
}

/** A Gaussian process with known hyperparameters, conditioned on values at points. */
export class Posterior {
  readonly #n: number
  readonly #levels: Levels
  readonly #lengthscales: Float64Array
  readonly #variance: number
  readonly #share: number
  readonly #mean: number
  readonly #factor: Factor
  readonly #weights: Float64Array
  readonly #rows: Map<number, Float64Array>[]
  readonly #kernel: Float64Array
  readonly #additive: Float64Array
  /** Standard deviation of the noise of one observation. */
  readonly noise: number
  /** Per value, by how many standard deviations it is off what the others predict (leave-one-out). */
  readonly surprises: Float64Array
  readonly #residuals: Float64Array

  constructor(
    points: readonly Point[],
    values: Float64Array,
    mean: number,
    theta: Float64Array,
    extraNoise?: Float64Array,
  ) {
    const n = points.length
    this.#n = n
    this.#levels = levelsOf(points)
    this.#mean = mean
    this.#variance = Math.exp(theta[0] ?? 0)
    this.#share = 1 / (1 + Math.exp(-(theta[1] ?? 0)))
    this.noise = Math.exp(0.5 * (theta[2] ?? 0))
    this.#lengthscales = theta.slice(FIRST_LENGTHSCALE).map((value) => Math.exp(value))
    this.#rows = this.#levels.dimensions.map(() => new Map<number, Float64Array>())
    this.#kernel = new Float64Array(n)
    this.#additive = new Float64Array(n)
    const matrix = new Float64Array(n * n)
    points.forEach((point, a) => {
      this.#fillKernel(point)
      for (let b = 0; b <= a; b++) matrix[a * n + b] = this.#kernel[b] ?? 0
      matrix[a * n + a] = this.#variance * (1 + 1e-8) + this.noise ** 2 + (extraNoise?.[a] ?? 0)
    })
    const factor = cholesky(matrix, n)
    if (factor === null) throw new RangeError('the kernel matrix is not positive definite')
    this.#factor = factor
    this.#weights = values.map((value) => value - mean)
    solveLower(factor, n, this.#weights)
    solveUpper(factor, n, this.#weights)
    const inverse = inverseOf(factor, n)
    this.#residuals = this.#weights.map((weight, a) => weight / (inverse[a * n + a] ?? 1))
    this.surprises = this.#weights.map((weight, a) => weight / Math.sqrt(inverse[a * n + a] ?? 1))
  }

  /** Leave-one-out residuals: each value minus what the others predict. */
  get residuals(): Float64Array {
    return this.#residuals
  }

  /** Mean of the function at a point, without noise. */
  mean(point: Point): number {
    this.#fillKernel(point)
    let sum = this.#mean
    for (let a = 0; a < this.#n; a++) sum += (this.#kernel[a] ?? 0) * (this.#weights[a] ?? 0)
    return sum
  }

  /** Mean and variance of the function at a point, without noise. */
  predict(point: Point): { mean: number; variance: number } {
    const mean = this.mean(point)
    solveLower(this.#factor, this.#n, this.#kernel)
    let explained = 0
    for (let a = 0; a < this.#n; a++) explained += (this.#kernel[a] ?? 0) ** 2
    return { mean, variance: Math.max(this.#variance - explained, 1e-10 * this.#variance) }
  }

  #fillKernel(point: Point): void {
    const kernel = this.#kernel
    const additive = this.#additive
    kernel.fill(1)
    additive.fill(0)
    const n = this.#n
    for (let d = 0; d < this.#levels.count; d++) {
      const dimension = this.#levels.dimensions[d]
      if (dimension === undefined) continue
      const row = this.#row(d, point[d] ?? 0)
      const { index } = dimension
      for (let a = 0; a < n; a++) {
        const value = row[index[a] ?? 0] ?? 0
        kernel[a] = (kernel[a] ?? 0) * value
        additive[a] = (additive[a] ?? 0) + value
      }
    }
    const ofProduct = this.#variance * (1 - this.#share)
    const ofSum = (this.#variance * this.#share) / Math.max(1, this.#levels.count)
    for (let a = 0; a < n; a++) kernel[a] = ofProduct * (kernel[a] ?? 0) + ofSum * (additive[a] ?? 0)
  }

  /** The kernel between a code and each distinct code of the data. */
  #row(d: number, code: number): Float64Array {
    const rows = this.#rows[d]
    const known = rows?.get(code)
    if (known !== undefined) return known
    const codes = this.#levels.dimensions[d]?.codes ?? new Float64Array()
    const lengthscale = this.#lengthscales[d] ?? 1
    const row = codes.map((other) => {
      const z = (SQRT3 * codeDistance(code, other)) / lengthscale
      return (1 + z) * Math.exp(-z)
    })
    rows?.set(code, row)
    return row
  }
}
