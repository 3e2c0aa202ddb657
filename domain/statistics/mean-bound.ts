import { batchMeans } from './batch-means.ts'

/**
 * Returns the most that the mean of so many slices of a steady process can still come to, after the first of them, with
 * the probability `error` of being wrong: batch means with Student's t, and the part of the whole that was seen left out
 * (the correction for a finite population). Null while too few are independent of each other.
 */
export function highestMean(seen: readonly number[], slices: number, error: number): number | null {
  const estimate = batchMeans(seen, 1 - 2 * error)
  if (estimate?.independent !== true) return null
  const unseen = Math.max(0, 1 - seen.length / slices)
  return estimate.mean + (estimate.high - estimate.mean) * Math.sqrt(unseen)
}
