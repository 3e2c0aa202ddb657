import jstat from 'jstat'
import { meanOf, varianceOf } from './moments.ts'

const { studentt, normal } = jstat.jStat

const MOST_BATCHES = 30
const LEAST_MEMBERS = 10
const LEAST_BATCHES = 5
/** Batch means that depend on each other with this probability or less of chance are made of longer batches. */
const INDEPENDENCE_LEVEL = 0.1
/** Series worth fewer independent samples do not show how alike their neighbours really are. */
const LEAST_WORTH = 50

export interface MeanInterval {
  mean: number
  low: number
  high: number
  /** Standard error of the mean. */
  error: number
  batches: number
  /** The batch means pass for independent; otherwise the interval is too narrow. */
  independent: boolean
}

/**
 * Returns the mean of a series whose members depend on their neighbours, with a confidence interval by non-overlapping
 * batch means: the variance of the means of long batches, and Student's t. It begins with thirty batches and takes
 * fewer, longer ones while von Neumann's ratio says that neighbouring batches are alike (Law, Simulation Modeling and
 * Analysis, 9.5.3; Fishman, Management Science 24, 1978). Null for fewer than ten members.
 */
export function batchMeans(series: ArrayLike<number>, confidence = 0.95): MeanInterval | null {
  if (series.length < LEAST_MEMBERS) return null
  let batches = Math.min(MOST_BATCHES, series.length)
  for (;;) {
    const means = batched(series, batches)
    const independent = isIndependent(means)
    if (independent || batches <= LEAST_BATCHES) {
      const mean = meanOf(series)
      const error = Math.sqrt(varianceOf(means) / means.length)
      const half = studentt.inv(1 - (1 - confidence) / 2, means.length - 1) * error
      return { mean, low: mean - half, high: mean + half, error, batches: means.length, independent }
    }
    batches = Math.max(LEAST_BATCHES, Math.floor((batches * 2) / 3))
  }
}

/** Returns the means of so many batches of as equal length as can be. */
function batched(series: ArrayLike<number>, batches: number): number[] {
  return Array.from({ length: batches }, (_, batch) => {
    const from = Math.floor((batch * series.length) / batches)
    const to = Math.floor(((batch + 1) * series.length) / batches)
    let sum = 0
    for (let index = from; index < to; index += 1) sum += series[index] ?? 0
    return sum / (to - from)
  })
}

/**
 * Tests by von Neumann's ratio whether neighbours are no more alike than chance makes them (J. von Neumann, Annals of
 * Mathematical Statistics 12, 1941): the ratio of mean square difference to variance is 2 for independent values, and
 * nearly normal with variance 4(n - 2) / ((n - 1)(n + 1)).
 */
export function isIndependent(values: readonly number[]): boolean {
  const n = values.length
  const variance = varianceOf(values)
  if (variance === 0) return true
  let squares = 0
  for (let index = 1; index < n; index += 1) squares += ((values[index] ?? 0) - (values[index - 1] ?? 0)) ** 2
  const ratio = squares / (n - 1) / variance
  const z = (ratio - 2) / Math.sqrt((4 * (n - 2)) / ((n - 1) * (n + 1)))
  return normal.cdf(z, 0, 1) > INDEPENDENCE_LEVEL
}

/**
 * Returns how many independent samples are worth as much as these for the share of them that lies at or below `limit`:
 * what the variance of that share by batch means says. At most as many as there are.
 */
export function effectiveSize(series: ArrayLike<number>, limit: number): number {
  const n = series.length
  const below = new Float64Array(n)
  for (let index = 0; index < n; index += 1) below[index] = (series[index] ?? 0) <= limit ? 1 : 0
  const share = meanOf(below)
  const estimate = batchMeans(below)
  if (estimate === null || estimate.error === 0 || share === 0 || share === 1) return n
  return Math.min(n, (share * (1 - share)) / estimate.error ** 2)
}

/**
 * Returns how many independent samples these are worth by the likeness r of neighbours: n (1 - r) / (1 + r), which
 * takes each for a copy of its predecessor with noise. At most as many as there are.
 */
export function independentSize(series: ArrayLike<number>): number {
  const n = series.length
  const mean = meanOf(series)
  let together = 0
  let apart = 0
  for (let index = 0; index < n; index += 1) {
    const difference = (series[index] ?? 0) - mean
    apart += difference ** 2
    if (index > 0) together += difference * ((series[index - 1] ?? 0) - mean)
  }
  const likeness = apart === 0 ? 0 : Math.max(0, together / apart)
  return (n * (1 - likeness)) / (1 + likeness)
}

/**
 * Tells whether a series resembles itself so much, for its length, that intervals from it would be too narrow: it is
 * worth less than half its members, and fewer than fifty.
 */
export function isTooDependent(series: ArrayLike<number>): boolean {
  const worth = independentSize(series)
  return worth < LEAST_WORTH && worth < series.length / 2
}
