import { binomialCdf } from './binomial.ts'

/** Ranks of order statistics, counted from 1. */
export interface Ranks {
  low: number
  high: number
}

/**
 * Returns the ranks between which the p-quantile of the distribution lies with the confidence, whatever the
 * distribution: the tightest with at most half the error on each side. Null when n is too small for the upper or the
 * lower one to exist, which for p >= 0.5 is n < ln((1 - confidence) / 2) / ln(p).
 */
export function quantileRanks(n: number, p: number, confidence = 0.95): Ranks | null {
  if (!isKnowable(p, n, confidence)) return null
  const tail = (1 - confidence) / 2
  // The greatest rank below which more than so many of n rarely lie, and the least that is rarely exceeded.
  const low = lastWhere(n, (rank) => binomialCdf(rank - 1, n, p) <= tail)
  const high = lastWhere(n, (rank) => 1 - binomialCdf(rank - 1, n, p) > tail) + 1
  return { low, high }
}

/** Tells whether so many independent samples bound the p-quantile on both sides. */
export function isKnowable(p: number, n: number, confidence = 0.95): boolean {
  const tail = (1 - confidence) / 2
  return n >= 1 && p ** n <= tail && (1 - p) ** n <= tail
}

/** The greatest rank for which a condition holds that holds up to some rank and not beyond. */
function lastWhere(n: number, holds: (rank: number) => boolean): number {
  let low = 0
  let high = n
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (holds(middle)) low = middle
    else high = middle - 1
  }
  return low
}

/**
 * Does what {@link quantileRanks} does for n samples that depend on each other and are worth only `effective`
 * independent ones: the ranks stand at the same shares of the sample.
 */
export function dependentQuantileRanks(
  n: number,
  effective: number,
  p: number,
  confidence = 0.95,
): Ranks | null {
  const worth = Math.max(1, Math.min(n, Math.floor(effective)))
  const ranks = quantileRanks(worth, p, confidence)
  if (ranks === null) return null
  const scaled = (rank: number) => Math.min(n, Math.max(1, Math.round(((rank - 0.5) / worth) * n + 0.5)))
  return { low: scaled(ranks.low), high: ranks.high === worth ? n : scaled(ranks.high) }
}
