import { logNormalCdf } from './normal.ts'

/**
 * Mean and variance of a normal variable that is known to be at least `bound` (Johnson, Kotz and Balakrishnan, Continuous
 * Univariate Distributions, volume 1, 1994, section 10.1).
 */
export function truncatedBelow(mean: number, sd: number, bound: number): { mean: number; variance: number } {
  const z = (bound - mean) / sd
  const hazard = Math.exp(-0.5 * z * z - 0.5 * Math.log(2 * Math.PI) - logNormalCdf(-z))
  return { mean: mean + sd * hazard, variance: Math.max(0, sd * sd * (1 + z * hazard - hazard * hazard)) }
}
