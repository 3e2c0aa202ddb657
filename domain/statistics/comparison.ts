import jstat from 'jstat'
import { NOTICEABLE } from '../comparison.ts'
import { meanOf, varianceOf } from './moments.ts'

const { studentt, normal } = jstat.jStat

/** Of the interval of a ratio that stands alone. */
export const CONFIDENCE = 0.95

/** What two configurations' runs say of one metric. */
export interface RatioVerdict {
  verdict: 'better' | 'worse' | 'no_difference' | 'not_settled'
  /** Second over first, turned so that above 1 is better. */
  ratio: number
  low: number
  high: number
  /** Pairs of runs that would settle it at the spread seen so far; null when it is settled or cannot be told. */
  moreRuns: number | null
  /** Pairs that it rests on. */
  pairs: number
}

/**
 * Judges a log ratio with this standard error and Student's t with `degrees` degrees of freedom (infinite: normal):
 * better or worse when the whole interval lies beyond 1, no difference when it lies within 2 % of it, else not settled.
 * `blur` is what the log ratio may be off beside its error, `confidence` that of the interval.
 */
export function judgeLogRatio(
  logRatio: number,
  error: number,
  degrees: number,
  pairs: number,
  { blur = 0, confidence = CONFIDENCE }: { blur?: number; confidence?: number } = {},
): RatioVerdict {
  const quantile = (freedom: number) =>
    Number.isFinite(freedom)
      ? studentt.inv(1 - (1 - confidence) / 2, freedom)
      : normal.inv(1 - (1 - confidence) / 2, 0, 1)
  const half = quantile(degrees) * error + blur
  const [low, high] = [Math.exp(logRatio - half), Math.exp(logRatio + half)]
  const settled = verdictOf(low, high)
  const spread = error * Math.sqrt(pairs)
  return {
    verdict: settled ?? 'not_settled',
    ratio: Math.exp(logRatio),
    low,
    high,
    moreRuns: settled === null ? runsMissing(logRatio, spread, pairs, blur, quantile) : null,
    pairs,
  }
}

function verdictOf(low: number, high: number): RatioVerdict['verdict'] | null {
  if (low >= 1 - NOTICEABLE && high <= 1 + NOTICEABLE) return 'no_difference'
  if (low > 1) return 'better'
  if (high < 1) return 'worse'
  return null
}

const MOST_RUNS = 1000

/** How many more pairs would settle the verdict if they came out as those so far. */
function runsMissing(
  logRatio: number,
  spread: number,
  pairs: number,
  blur: number,
  quantile: (degrees: number) => number,
): number | null {
  for (let all = Math.max(2, pairs + 1); all <= pairs + MOST_RUNS; all += 1) {
    const half = (quantile(all - 1) * spread) / Math.sqrt(all) + blur
    if (verdictOf(Math.exp(logRatio - half), Math.exp(logRatio + half)) !== null) return all - pairs
  }
  return null
}

/**
 * Compares paired runs, the k-th of one with the k-th of the other, by the mean of their log ratios; `higherIsBetter`
 * is the metric's direction, `resolution` the relative step in which its values come, `confidence` that of the interval.
 * Null for fewer than two pairs, and where a run reached nothing, over which there is no ratio.
 */
export function comparePairs(
  before: readonly number[],
  after: readonly number[],
  higherIsBetter: boolean,
  { resolution = 0, confidence = CONFIDENCE }: { resolution?: number; confidence?: number } = {},
): RatioVerdict | null {
  const n = before.length
  if (n < 2 || [...before, ...after].some((value) => value <= 0)) return null
  const sign = higherIsBetter ? 1 : -1
  const logs = before.map((value, index) => sign * Math.log((after[index] ?? value) / value))
  const error = Math.sqrt(varianceOf(logs) / n)
  return judgeLogRatio(meanOf(logs), error, n - 1, n, { blur: Math.log1p(resolution), confidence })
}
