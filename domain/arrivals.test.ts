import { expect, test } from 'vitest'
import { arrivalTimes, type ClockedLoad, type Extent } from './arrivals.ts'
import { seeded } from './random.ts'
import { meanOf } from './statistics/moments.ts'

const ENDLESS: Extent = { durationMs: null, requests: null }
const first = (load: ClockedLoad, count: number, extent = ENDLESS, seed = 1): number[] => {
  const times = arrivalTimes(load, seeded(seed), extent)
  return Array.from({ length: count }, () => times.next().value)
}
const take = (rate: number, arrivals: 'poisson' | 'constant', seed: number, count: number): number[] =>
  first({ rate, arrivals }, count, ENDLESS, seed)

/** Mean and coefficient of variation of the gaps. */
function gapsOf(times: number[]): { mean: number; cv: number } {
  const gaps = times.slice(1).map((at, index) => at - times[index]!)
  const average = meanOf(gaps)
  return { mean: average, cv: Math.sqrt(meanOf(gaps.map((gap) => (gap - average) ** 2))) / average }
}

test('constant arrivals are evenly spaced and do not drift', () => {
  const times = take(3, 'constant', 1, 30_001)
  expect(times[0]).toBe(0)
  expect(times[1]).toBeCloseTo(333.333, 3)
  expect(times[30_000]).toBeCloseTo(10_000_000, 6)
})

test('Poisson arrivals have exponential gaps of the right mean', () => {
  const times = take(100, 'poisson', 1, 20_000)
  const gaps = times.slice(1).map((at, index) => at - times[index]!)
  const average = meanOf(gaps)
  const deviation = Math.sqrt(meanOf(gaps.map((gap) => (gap - average) ** 2)))
  expect(average).toBeGreaterThan(9.7)
  expect(average).toBeLessThan(10.3)
  expect(deviation / average).toBeGreaterThan(0.96)
  expect(deviation / average).toBeLessThan(1.04)
  expect(gaps.every((gap) => gap >= 0)).toBe(true)
})

test('a seed fixes the arrivals', () => {
  expect(take(10, 'poisson', 5, 10)).toEqual(take(10, 'poisson', 5, 10))
  expect(take(10, 'poisson', 5, 10)).not.toEqual(take(10, 'poisson', 6, 10))
})

test.each([
  [0.25, 2],
  [1, 1],
  [4, 0.5],
  [100, 0.1],
])('gamma arrivals of shape %d have gaps of variation %d at the same rate', (burstiness, cv) => {
  const gaps = gapsOf(first({ rate: 50, arrivals: 'gamma', burstiness }, 40_000))
  expect(gaps.mean).toBeGreaterThan(20 * 0.96)
  expect(gaps.mean).toBeLessThan(20 * 1.04)
  expect(gaps.cv).toBeGreaterThan(cv * 0.95)
  expect(gaps.cv).toBeLessThan(cv * 1.05)
})

test('a schedule of exact count has its last request due at n / rate', () => {
  const extent = { durationMs: null, requests: 100 }
  for (const arrivals of ['poisson', 'gamma'] as const) {
    const times = first({ rate: 10, arrivals, burstiness: 0.5, exactCount: true }, 100, extent)
    expect(times.at(-1)).toBeCloseTo(10_000, 6)
  }
})

const between = (times: number[], fromMs: number, toMs: number) =>
  times.filter((at) => at >= fromMs && at < toMs).length

test.each([
  // Requests in the first and the last second of ten: the rate's integral there.
  ['linear', 10.9, 28.1 + 0.95],
  ['exponential', 10.6, 28.4],
] as const)('a %s ramp goes from one rate to the other over the run', (shape, early, late) => {
  const ramp = { from: 10, to: 30, shape }
  const times = first({ ramp, arrivals: 'constant' }, 260, { durationMs: 10_000, requests: null })
  expect(Math.abs(between(times, 0, 1000) - early)).toBeLessThanOrEqual(1.2)
  expect(Math.abs(between(times, 9000, 10_000) - late)).toBeLessThanOrEqual(1.2)
  // Past its end it stays at the last rate.
  expect(gapsOf(times.filter((at) => at > 10_000)).mean).toBeCloseTo(1000 / 30, 6)
})

test('a ramp of so many requests ends with the last of them', () => {
  const load: ClockedLoad = { ramp: { from: 10, to: 30, shape: 'linear' }, arrivals: 'constant' }
  expect(first(load, 201, { durationMs: null, requests: 200 }).at(-1)).toBeCloseTo(10_000, 3)
})

test('bursts come at their rate and between them nothing or little', () => {
  const bursts = { rate: 100, on: '1s', off: '3s', rateBetween: 0 }
  const times = first({ bursts, arrivals: 'constant' }, 400)
  for (const start of [0, 4000, 8000]) {
    expect(Math.abs(between(times, start, start + 1000) - 100)).toBeLessThanOrEqual(1)
    expect(between(times, start + 1001, start + 3999)).toBe(0)
  }
  const trickling = first({ bursts: { ...bursts, rateBetween: 10 }, arrivals: 'poisson' }, 4000)
  expect(between(trickling, 1000, 4000)).toBeGreaterThan(10)
  expect(between(trickling, 1000, 4000)).toBeLessThan(60)
})
