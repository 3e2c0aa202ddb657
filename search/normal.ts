const SQRT_2PI = Math.sqrt(2 * Math.PI)

/** Density of the standard normal distribution. */
export function normalPdf(z: number): number {
  return Math.exp(-0.5 * z * z) / SQRT_2PI
}

/**
 * Distribution function of the standard normal distribution, to about 1e-15 relative in the lower tail too:
 * G. Marsaglia's series near zero (Evaluating the Normal Distribution, J. Stat. Software 11, 2004) and Laplace's
 * continued fraction further out.
 */
export function normalCdf(z: number): number {
  if (z > 0) return 1 - normalCdf(-z)
  return z > -TAIL ? 0.5 - seriesFromZero(-z) : normalPdf(z) * millsRatio(-z)
}

/** Natural log of the distribution function; finite however far out. */
export function logNormalCdf(z: number): number {
  if (z > -TAIL) return Math.log(normalCdf(z))
  return -0.5 * z * z - Math.log(SQRT_2PI) + Math.log(millsRatio(-z))
}

const TAIL = 3

/** Area from 0 to z. */
function seriesFromZero(z: number): number {
  let term = z
  let sum = z
  for (let k = 3; term > sum * 1e-17 && k < 400; k += 2) {
    term *= (z * z) / k
    sum += term
  }
  return sum * normalPdf(z)
}

/** Upper tail area over density, for z at least 3. */
function millsRatio(z: number): number {
  let fraction = z
  for (let k = 60; k >= 1; k--) fraction = z + k / fraction
  return 1 / fraction
}

/**
 * Natural log of the expected improvement of a normal variable over `best`, more being better: log of
 * sd * (z * cdf(z) + pdf(z)) with z = (mean - best) / sd (Jones, Schonlau and Welch, J. Global Optim. 13, 1998), by its
 * asymptotic form where that underflows (Ament et al., Unexpected Improvements to Expected Improvement, 2023).
 */
export function logExpectedImprovement(mean: number, sd: number, best: number): number {
  if (!(sd > 0)) return mean > best ? Math.log(mean - best) : -Infinity
  const z = (mean - best) / sd
  if (z > -TAIL) return Math.log(sd) + Math.log(z * normalCdf(z) + normalPdf(z))
  const logPdf = -0.5 * z * z - Math.log(SQRT_2PI)
  // 1 - |z| * Mills ratio cancels; its continued fraction does not.
  return Math.log(sd) + logPdf + Math.log(tailOfImprovement(-z))
}

/** 1 - z * (upper tail area over density) for z at least 3, without cancellation: 1 / (1 + z * (z + 2 / (z + ...))). */
function tailOfImprovement(z: number): number {
  let fraction = z
  for (let k = 60; k >= 2; k--) fraction = z + k / fraction
  return 1 / (1 + z * fraction)
}

/** Quantile of the standard normal distribution by bisection refined with Newton steps; p in (0, 1). */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p)
  let low = -38
  let high = 0
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (normalCdf(middle) < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}
