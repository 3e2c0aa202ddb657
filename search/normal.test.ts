import { expect, test } from 'vitest'
import { logExpectedImprovement, logNormalCdf, normalCdf, normalQuantile } from './normal.ts'

const near = (value: number, expected: number, relative = 1e-12) =>
  expect(Math.abs(value - expected), `${value} against ${expected}`).toBeLessThanOrEqual(
    relative * Math.max(Math.abs(expected), 1e-300),
  )

// SciPy 1.17.1: scipy.stats.norm.cdf, scipy.special.log_ndtr.
test.each([
  [-30, 4.906713927147908e-198, -454.32124395634327],
  [-8, 6.22096057427174e-16, -35.01343715991456],
  [-3.2, 0.0006871379379158471, -7.282975502903633],
  [-3, 0.0013498980316300933, -6.60772622151035],
  [-1.5, 0.06680720126885807, -2.7059444008238898],
  [-0.1, 0.460172162722971, -0.7761545927302733],
  [0, 0.5, -0.6931471805599453],
  [0.7, 0.758036347776927, -0.2770239422771313],
  [2.9, 0.998134186699616, -0.0018675560981809207],
  [4, 0.9999683287581669, -3.1671743377489206e-5],
])('the normal distribution function at %d is that of SciPy', (z, cdf, log) => {
  near(normalCdf(z), cdf)
  near(logNormalCdf(z), log, 1e-11)
})

test('quantiles are those of SciPy 1.17.1 (scipy.stats.norm.ppf)', () => {
  near(normalQuantile(1e-6), -4.753424308822899)
  near(normalQuantile(0.025), -1.9599639845400545)
  near(normalQuantile(0.3), -0.5244005127080409)
  near(normalQuantile(0.9), 1.2815515655446004)
  expect(Math.abs(normalQuantile(0.5))).toBeLessThan(1e-12)
})

// mpmath with 50 digits: log(s * (z * ncdf(z) + npdf(z))), z = (mean - best) / s.
test.each([
  [0.1, 1, 0, -0.79643133955074713],
  [-1, 0.5, 0, -5.4619307044770595],
  [-5, 1, 0, -16.74430116266099],
  [0, 0.1, 4, -810.60115344961392],
  [2, 0.3, 0, 0.69314718056022774],
])('log expected improvement of N(%d, %d) over %d', (mean, sd, best, expected) => {
  near(logExpectedImprovement(mean, sd, best), expected, 1e-11)
})

test('without uncertainty the improvement is the difference, or none', () => {
  expect(logExpectedImprovement(3, 0, 1)).toBe(Math.log(2))
  expect(logExpectedImprovement(1, 0, 3)).toBe(-Infinity)
})
