import { expect, test } from 'vitest'
import { ascending, nearestRank, percentile } from './percentile.ts'

test('percentiles are those of numpy', () => {
  // numpy.percentile([15, 20, 35, 40, 50], [0, 40, 50, 90, 100])
  const samples = [50, 15, 40, 20, 35]
  expect([0, 0.4, 0.5, 0.9, 1].map((p) => percentile(samples, p))).toEqual([15, 29, 35, 46, 50])
  expect(percentile([7], 0.99)).toBe(7)
  expect(percentile([], 0.5)).toBeNull()
})

test('numbers are sorted as numbers', () => {
  expect(percentile([9, 10, 100], 0.5)).toBe(10)
})

test('infinite samples never meet arithmetic', () => {
  const sorted = ascending([1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(nearestRank(sorted, 1, 0.5)).toBe(5)
  expect(nearestRank(sorted, 1, 0.9)).toBe(9)
  expect(nearestRank(sorted, 1, 0.95)).toBe(Infinity)
  expect(nearestRank(ascending([]), 3, 0.5)).toBe(Infinity)
  expect(nearestRank(ascending([]), 0, 0.5)).toBeNull()
})

test('the rank of a percentile is not pushed up by the last bit of a product', () => {
  const sorted = ascending(Array.from({ length: 100 }, (_, index) => index + 1))
  for (let hundredths = 1; hundredths <= 100; hundredths += 1) {
    expect(nearestRank(sorted, 0, hundredths / 100)).toBe(hundredths)
  }
})
