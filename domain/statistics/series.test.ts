import { describe, expect, test } from 'vitest'
import { batchMeans, effectiveSize, isIndependent, isTooDependent } from './batch-means.ts'
import { warmUpLength } from './steady-state.ts'
import { trendOf } from './trend.ts'

/** A source of numbers in [0, 1) that gives the same ones each time (Park and Miller's). */
function source(seed: number): () => number {
  let state = seed
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}
const normals = (count: number, seed: number): number[] => {
  const unit = source(seed)
  return Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit()),
  )
}
/** A series in which each member resembles the one before. */
function resembling(count: number, correlation: number, seed: number): number[] {
  let last = 0
  return normals(count, seed).map(
    (fresh) => (last = correlation * last + Math.sqrt(1 - correlation ** 2) * fresh),
  )
}

describe('batch means', () => {
  test('of thirty values are the t interval', () => {
    const values = normals(30, 7)
    const { mean, low, high, error, batches } = batchMeans(values)!
    const average = values.reduce((sum, value) => sum + value, 0) / 30
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - average) ** 2, 0) / 29)
    expect(mean).toBeCloseTo(average, 12)
    expect(error).toBeCloseTo(deviation / Math.sqrt(30), 12)
    // scipy.stats.t.ppf(0.975, 29)
    expect(high - mean).toBeCloseTo(2.045229642132703 * error, 7)
    expect(mean - low).toBeCloseTo(high - mean, 12)
    expect(batches).toBe(30)
  })

  test('of values that resemble their neighbours are wider', () => {
    const width = (series: number[]) => {
      const { low, high } = batchMeans(series)!
      return high - low
    }
    expect(width(resembling(3000, 0.9, 3))).toBeGreaterThan(2.5 * width(normals(3000, 3)))
  })

  test('take longer batches where neighbours are alike', () => {
    expect(batchMeans(resembling(300, 0.95, 5))!.batches).toBeLessThan(30)
    expect(isIndependent(resembling(100, 0.8, 2))).toBe(false)
    expect(isIndependent(normals(100, 2))).toBe(true)
  })

  test('of too few values are none', () => {
    expect(batchMeans([1, 2, 3])).toBeNull()
  })

  test('are not to be had of a short series that resembles itself', () => {
    expect(isTooDependent(resembling(500, 0.95, 5))).toBe(true)
    expect(isTooDependent(resembling(10_000, 0.95, 5))).toBe(false)
    expect(isTooDependent(normals(20, 5))).toBe(false)
  })

  test('tell what dependent samples are worth', () => {
    expect(effectiveSize(normals(5000, 11), 0)).toBeGreaterThan(2500)
    expect(effectiveSize(resembling(5000, 0.95, 11), 0)).toBeLessThan(600)
  })
})

describe('the warm-up of a series', () => {
  test('is found where the level changes', () => {
    const series = [...normals(60, 1).map((x) => x + 20), ...normals(240, 2)]
    expect(warmUpLength(series)).toBeGreaterThanOrEqual(60)
    expect(warmUpLength(series)).toBeLessThanOrEqual(80)
  })

  test('of a steady one is short', () => {
    expect(warmUpLength(normals(300, 8))).toBeLessThanOrEqual(60)
  })

  test('of one that never settles is none', () => {
    expect(warmUpLength(Array.from({ length: 200 }, (_, index) => (index < 150 ? index : 150)))).toBeNull()
  })
})

describe('a trend', () => {
  test('has the slope of Theil and Sen and the probability of Mann and Kendall', () => {
    const trend = trendOf([1, 3, 2, 5, 4, 6, 8, 7, 9, 12, 10, 11])!
    // scipy.stats.theilslopes; S = 56, variance 12·11·29/18, z = 55 / 14.583
    expect(trend.slope).toBe(1)
    expect(trend.p).toBeCloseTo(0.0001622, 6)
  })

  test('of noise is no trend', () => {
    expect(trendOf(normals(60, 21))!.p).toBeGreaterThan(0.01)
    expect(trendOf([5, 5, 5, 5, 5, 5, 5, 5])!.p).toBe(1)
  })
})
