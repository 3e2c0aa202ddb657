import jstat from 'jstat'

const { beta } = jstat.jStat

/** Returns P(X <= k) for X of the binomial distribution with n trials of probability p. */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0
  if (k >= n) return 1
  // The regularised incomplete beta function (Abramowitz and Stegun 26.5.24); exact for n far beyond sums of terms.
  return 1 - beta.cdf(p, k + 1, n - k)
}

/** Bounds of a share with the confidence; exact (Clopper and Pearson, Biometrika 26, 1934). */
export function shareInterval(
  successes: number,
  n: number,
  confidence = 0.95,
): { low: number; high: number } {
  const tail = (1 - confidence) / 2
  return {
    low: successes === 0 ? 0 : beta.inv(tail, successes, n - successes + 1),
    high: successes === n ? 1 : beta.inv(1 - tail, successes + 1, n - successes),
  }
}

/**
 * Returns the least number of requests with which so many misses still show that at least a share `p` of all meets
 * the limit, with the confidence: the least n with P(Bin(n, 1 - p) <= misses) <= 1 - confidence. MLPerf LoadGen's
 * early stopping (`early_stopping.cc`).
 */
export function requestsToAccept(misses: number, p: number, confidence: number): number {
  const enough = (n: number) => binomialCdf(misses, n, 1 - p) <= 1 - confidence
  let high = misses + 1
  while (!enough(high)) high *= 2
  let low = Math.floor(high / 2)
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (enough(middle)) high = middle
    else low = middle + 1
  }
  return low
}

/**
 * Tells what n requests of which so many missed show: that at least a share `p` of all meets the limit (`holds`), that
 * fewer do (`fails`), each with the confidence, or neither yet.
 */
export function decideShare(
  misses: number,
  n: number,
  p: number,
  confidence: number,
): 'holds' | 'fails' | 'open' {
  if (n === 0) return 'open'
  if (binomialCdf(misses, n, 1 - p) <= 1 - confidence) return 'holds'
  if (1 - binomialCdf(misses - 1, n, 1 - p) <= 1 - confidence) return 'fails'
  return 'open'
}
