import { expect, test } from 'vitest'
import { fitGaussianProcess, logPosterior, type Prior } from './gaussian-process-fit.ts'
import { Posterior } from './gaussian-process.ts'
import { seeded } from '../domain/random.ts'

const points = [
  [0, 2],
  [0.3, 3],
  [0.7, 2],
  [1, 4],
  [0.3, 3],
].map((codes) => Float64Array.from(codes))
const values = Float64Array.from([1, 2, 1.5, 0.2, 2.1])
/** Variance 2, a share of 0.3 additive, noise variance 0.04, lengthscales 0.5 and 0.9. */
const theta = Float64Array.from([
  Math.log(2),
  Math.log(0.3 / 0.7),
  Math.log(0.04),
  Math.log(0.5),
  Math.log(0.9),
])

test('mean and variance are those of the textbook formulas, evaluated with NumPy', () => {
  const posterior = new Posterior(points, values, 1, theta)
  for (const [point, mean, variance] of [
    [[0.1, 2], 1.1441339465001659, 0.16534308898120909],
    [[0.5, 3], 1.9307711975372732, 0.41600601344381793],
    [[0.9, 4], 0.35700395238290483, 0.17895313816024294],
  ] as const) {
    const predicted = posterior.predict(Float64Array.from(point))
    expect(predicted.mean).toBeCloseTo(mean, 6)
    expect(predicted.variance).toBeCloseTo(variance, 6)
  }
})

test('leave-one-out residuals are those of NumPy', () => {
  const expected = [
    -0.511005267116531, -0.07366061250909785, 0.5929064226064218, -1.090949942837971, 0.12392487228116263,
  ]
  const { residuals } = new Posterior(points, values, 1, theta)
  expected.forEach((value, index) => expect(residuals[index]).toBeCloseTo(value, 6))
})

test('in one dimension it is the process of scikit-learn 1.9.1 (Matern, nu = 1.5, alpha = 0.04)', () => {
  const line = [0, 0.3, 0.7, 1].map((code) => Float64Array.of(code))
  const posterior = new Posterior(
    line,
    Float64Array.of(1, 2, 1.5, 0.2),
    1,
    Float64Array.of(Math.log(2), 0, Math.log(0.04), Math.log(0.5)),
  )
  for (const [code, mean, variance] of [
    [0.1, 1.3402640910463786, 0.10184920258449459],
    [0.5, 1.9675193414533534, 0.20434231185245946],
    [0.95, 0.39297173574685174, 0.06064709023586579],
  ] as const) {
    const predicted = posterior.predict(Float64Array.of(code))
    expect(predicted.mean).toBeCloseTo(mean, 6)
    expect(predicted.variance).toBeCloseTo(variance, 6)
  }
})

test('of a category never seen less is known than of those that turned out alike', () => {
  const alike = [2, 3, 2, 3].map((code) => Float64Array.of(code))
  const hyperparameters = Float64Array.of(0, 0, Math.log(0.01), Math.log(20))
  const variance = (unknown?: number) =>
    new Posterior(alike, new Float64Array(4), 0, hyperparameters, undefined, unknown).predict(
      Float64Array.of(4),
    ).variance
  expect(variance(1)).toBeGreaterThan(10 * variance())
})

const prior: Prior = {
  mean: 0,
  scale: 1,
  scaleSpread: 0.5,
  noise: 0.1,
  noiseSpread: 0.5,
  lengthscale: 1,
  lengthscaleSpread: 1,
  additive: 0,
  additiveSpread: 1.5,
}

test('the gradient of the fit is that of finite differences', () => {
  const density = (at: Float64Array) => logPosterior(at, points, values, prior)
  const { gradient } = density(theta)
  theta.forEach((_, p) => {
    const moved = (by: number) => density(theta.map((value, q) => value + (p === q ? by : 0))).density
    expect(gradient[p]).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 5)
  })
})

test('a dimension that does not matter gets a longer scale than one that does', () => {
  const random = seeded(3)
  const data = Array.from({ length: 40 }, () => Float64Array.of(random.unit(), random.unit()))
  const outcome = Float64Array.from(data, ([first = 0]) => Math.sin(6 * first))
  const fitted = fitGaussianProcess(data, outcome, prior, { steps: 40 })
  expect(fitted[4]).toBeGreaterThan((fitted[3] ?? 0) + 1)
})
