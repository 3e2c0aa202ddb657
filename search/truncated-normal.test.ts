import { expect, test } from 'vitest'
import { truncatedBelow } from './truncated-normal.ts'

test('a standard normal above zero is a half-normal', () => {
  const { mean, variance } = truncatedBelow(0, 1, 0)
  expect(mean).toBeCloseTo(Math.sqrt(2 / Math.PI), 12)
  expect(variance).toBeCloseTo(1 - 2 / Math.PI, 12)
})

test('moments are those of numerical integration, shifted and scaled', () => {
  for (const [mean, sd, bound] of [
    [1, 2, 0],
    [0.5, 0.1, 0.7],
    [-3, 1.5, -1],
  ] as const) {
    let [weight, first, second] = [0, 0, 0]
    const step = sd / 2000
    for (let x = bound + step / 2; x < mean + 12 * sd; x += step) {
      const density = Math.exp(-0.5 * ((x - mean) / sd) ** 2)
      weight += density
      first += density * x
      second += density * x * x
    }
    const found = truncatedBelow(mean, sd, bound)
    expect(found.mean).toBeCloseTo(first / weight, 5)
    expect(found.variance).toBeCloseTo(second / weight - (first / weight) ** 2, 5)
  }
})

test('far above what was expected it is just beyond the bound, far below the bound says nothing', () => {
  const far = truncatedBelow(0, 1, 20)
  expect(far.mean).toBeGreaterThan(20)
  expect(far.mean).toBeLessThan(20.06)
  expect(truncatedBelow(3, 1, -50)).toEqual({ mean: 3, variance: 1 })
})
