import { codeDistance, type Point } from './encoding.ts'

/** Per dimension the distinct codes of the data, and per point the index of its code. */
export interface Levels {
  count: number
  dimensions: { codes: Float64Array; index: Int32Array; distance: Float64Array }[]
}

/** Returns the levels of points; distances are between the codes of a dimension, by rows. */
export function levelsOf(points: readonly Point[]): Levels {
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

/** Place of the first lengthscale among hyperparameters: after log variance, logit of the additive share, log noise variance. */
export const FIRST_LENGTHSCALE = 3

const SQRT3 = Math.sqrt(3)

/** A Matérn 3/2 kernel of one dimension. */
export function matern(distance: number, lengthscale: number): number {
  const z = (SQRT3 * distance) / lengthscale
  return (1 + z) * Math.exp(-z)
}

/** Between the codes of a dimension, by rows: the kernel, its derivative by the log of the lengthscale, and their ratio. */
export interface MaternTable {
  kernel: Float64Array
  slope: Float64Array
  ratio: Float64Array
}

/** Fills the table of a symmetric matrix of distances with so many rows. */
export function fillMatern(
  { kernel, slope, ratio }: MaternTable,
  distances: Float64Array,
  size: number,
  lengthscale: number,
): void {
  for (let a = 0; a < size; a++) {
    for (let b = 0; b <= a; b++) {
      const place = a * size + b
      const mirrored = b * size + a
      const z = (SQRT3 * (distances[place] ?? 0)) / lengthscale
      const decay = Math.exp(-z)
      kernel[place] = kernel[mirrored] = (1 + z) * decay
      slope[place] = slope[mirrored] = z * z * decay
      ratio[place] = ratio[mirrored] = (z * z) / (1 + z)
    }
  }
}

/** The share of the variance that is a sum over single dimensions. */
export function additiveShare(theta: Float64Array): number {
  return 1 / (1 + Math.exp(-(theta[1] ?? 0)))
}
