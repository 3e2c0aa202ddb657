/** Returns the samples in ascending order. */
export function ascending(samples: readonly number[]): Float64Array {
  return Float64Array.from(samples).sort()
}

/**
 * Returns the p-quantile by linear interpolation between order statistics, rank (n-1)·p: numpy's default, which
 * vLLM and AIPerf use too. Null without samples.
 */
export function percentile(samples: readonly number[], p: number): number | null {
  return percentileOfSorted(ascending(samples), p)
}

/** Does what {@link percentile} does for samples in ascending order. */
export function percentileOfSorted(sorted: Float64Array, p: number): number | null {
  const rank = (sorted.length - 1) * p
  const low = sorted[Math.floor(rank)]
  const high = sorted[Math.ceil(rank)]
  if (low === undefined || high === undefined) return null
  return low + (high - low) * (rank - Math.floor(rank))
}

/**
 * Returns the p-quantile as the order statistic of rank ⌈n·p⌉ among samples in ascending order followed by so
 * many infinite ones: no arithmetic on infinities. May be Infinity; null without samples.
 */
export function nearestRank(sorted: Float64Array, infinite: number, p: number): number | null {
  const n = sorted.length + infinite
  if (n === 0) return null
  const rank = Math.max(1, Math.ceil(n * p - 1e-9))
  return sorted[rank - 1] ?? Infinity
}
