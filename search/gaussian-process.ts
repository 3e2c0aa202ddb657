import { codeDistance, isUnordered, type Point } from './encoding.ts'
import { additiveShare, FIRST_LENGTHSCALE, levelsOf, matern, type Levels } from './kernel.ts'
import { cholesky, inverseOf, solveLower, solveUpper, type Factor } from './linear-algebra.ts'

/** Averages of a function over groups of points: means, and covariances by rows. */
export interface Averages {
  means: Float64Array
  covariance: Float64Array
}

/**
 * A Gaussian process with known hyperparameters, conditioned on values at points. That categories seen so far differ little
 * says little of one never seen: to it no lengthscale is longer than `unknown`.
 */
export class Posterior {
  readonly #n: number
  readonly #levels: Levels
  readonly #lengthscales: Float64Array
  readonly #unknown: number
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
  /** Per value, the standard deviation of what the others predict of it, its noise included. */
  readonly spreads: Float64Array
  /** Leave-one-out residuals: each value minus what the others predict. */
  readonly residuals: Float64Array

  constructor(
    points: readonly Point[],
    values: Float64Array,
    mean: number,
    theta: Float64Array,
    extraNoise?: Float64Array,
    unknown = Infinity,
  ) {
    const n = points.length
    this.#n = n
    this.#levels = levelsOf(points)
    this.#mean = mean
    this.#variance = Math.exp(theta[0] ?? 0)
    this.#share = additiveShare(theta)
    this.noise = Math.exp(0.5 * (theta[2] ?? 0))
    this.#lengthscales = theta.slice(FIRST_LENGTHSCALE).map((value) => Math.exp(value))
    this.#unknown = unknown
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
    this.residuals = this.#weights.map((weight, a) => weight / (inverse[a * n + a] ?? 1))
    this.spreads = this.#weights.map((_, a) => 1 / Math.sqrt(inverse[a * n + a] ?? 1))
    this.surprises = this.#weights.map((weight, a) => weight * (this.spreads[a] ?? 1))
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

  /** The joint distribution of the averages of the function over groups of points, none of them empty. */
  averages(groups: readonly (readonly Point[])[]): Averages {
    const count = groups.length
    const means = new Float64Array(count)
    const covariance = new Float64Array(count * count)
    const explained = groups.map((points, group) => {
      const kernels = new Float64Array(this.#n)
      for (const point of points) {
        this.#fillKernel(point)
        for (let a = 0; a < this.#n; a++)
          kernels[a] = (kernels[a] ?? 0) + (this.#kernel[a] ?? 0) / points.length
      }
      means[group] = this.#mean + dot(kernels, this.#weights)
      solveLower(this.#factor, this.#n, kernels)
      return kernels
    })
    groups.forEach((points, a) => {
      for (let b = 0; b <= a; b++) {
        const others = groups[b] ?? []
        let sum = 0
        for (const point of points) for (const other of others) sum += this.#covariance(point, other)
        const known = dot(explained[a] ?? means, explained[b] ?? means)
        covariance[a * count + b] = sum / (points.length * others.length) - known
        covariance[b * count + a] = covariance[a * count + b] ?? 0
      }
    })
    return { means, covariance }
  }

  /** Covariance of the function at two points before its data. */
  #covariance(a: Point, b: Point): number {
    let product = 1
    let sum = 0
    for (let d = 0; d < a.length; d++) {
      const value = matern(codeDistance(a[d] ?? 0, b[d] ?? 0), this.#lengthscales[d] ?? 1)
      product *= value
      sum += value
    }
    return this.#variance * ((1 - this.#share) * product + (this.#share * sum) / Math.max(1, a.length))
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
    const fitted = this.#lengthscales[d] ?? 1
    const lengthscale = isUnordered(code) && !codes.includes(code) ? Math.min(fitted, this.#unknown) : fitted
    const row = codes.map((other) => matern(codeDistance(code, other), lengthscale))
    rows?.set(code, row)
    return row
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let index = 0; index < a.length; index++) sum += (a[index] ?? 0) * (b[index] ?? 0)
  return sum
}
