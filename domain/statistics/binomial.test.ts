import { describe, expect, test } from 'vitest'
import { binomialCdf, decideShare, requestsToAccept, shareInterval } from './binomial.ts'

test('the distribution function agrees with scipy', () => {
  // scipy.stats.binom.cdf
  expect(binomialCdf(5, 1307, 0.01)).toBeCloseTo(0.009985964728739, 10)
  expect(binomialCdf(950, 1000, 0.95)).toBeCloseTo(0.520258942912682, 6)
  expect([binomialCdf(-1, 10, 0.5), binomialCdf(10, 10, 0.5)]).toEqual([0, 1])
})

test('the interval of a share is exact', () => {
  // scipy.stats.binomtest(88, 100).proportion_ci(method='exact')
  const { low, high } = shareInterval(88, 100)
  expect(low).toBeCloseTo(0.79976431637998, 8)
  expect(high).toBeCloseTo(0.93643109743897, 8)
  expect(shareInterval(0, 10).low).toBe(0)
  expect(shareInterval(10, 10).high).toBe(1)
})

describe('early stopping', () => {
  // The table of MLPerf LoadGen's early_stopping.cc and the same at 95 %: misses 0, 1, 2, 5, 10.
  test.each([
    [0.99, 0.99, [459, 662, 838, 1307, 2010]],
    [0.9, 0.99, [44, 64, 81, 127, 197]],
    [0.99, 0.95, [299, 473, 628, 1049, 1693]],
    [0.9, 0.95, [29, 46, 61, 103, 167]],
  ])('of share %d with confidence %d takes the known numbers of requests', (p, confidence, needed) => {
    expect([0, 1, 2, 5, 10].map((misses) => requestsToAccept(misses, p, confidence))).toEqual(needed)
  })

  test('accepts from that number on and not before', () => {
    expect(decideShare(1, 45, 0.9, 0.95)).toBe('open')
    expect(decideShare(1, 46, 0.9, 0.95)).toBe('holds')
  })

  test('rejects as soon as so many misses are no chance', () => {
    expect(decideShare(5, 10, 0.9, 0.95)).toBe('fails')
    expect(decideShare(1, 10, 0.9, 0.95)).toBe('open')
    expect(decideShare(0, 0, 0.9, 0.95)).toBe('open')
  })
})
