import { expect, test } from 'vitest'
import { dependentQuantileRanks, quantileRanks } from './quantile-interval.ts'

test.each([
  [500, 490, 500],
  [1000, 983, 997],
  [2000, 1971, 1989],
  [5000, 4936, 4964],
])('p99 of %i samples lies between ranks %i and %i', (n, low, high) => {
  // scipy: binom.ppf(0.025, n, 0.99), binom.ppf(0.975, n, 0.99) + 1
  expect(quantileRanks(n, 0.99)).toEqual({ low, high })
})

test.each([
  [0.5, 6],
  [0.9, 36],
  [0.95, 72],
  [0.99, 368],
  [0.999, 3688],
])('the %d-quantile has an interval from %i samples on', (p, needed) => {
  expect(quantileRanks(needed - 1, p)).toBeNull()
  expect(quantileRanks(needed, p)?.high).toBe(needed)
})

test('dependent samples count for as many as they are worth', () => {
  expect(dependentQuantileRanks(1000, 1000, 0.99)).toEqual({ low: 983, high: 997 })
  const fewer = dependentQuantileRanks(1000, 500, 0.99)
  expect(fewer?.low).toBeLessThan(983)
  expect(fewer?.high).toBe(1000)
  expect(dependentQuantileRanks(1000, 300, 0.99)).toBeNull()
})
