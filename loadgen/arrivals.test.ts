import { expect, test } from 'vitest'
import { arrivalTimes } from './arrivals.ts'
import { mean } from './metrics.ts'
import { seeded } from './random.ts'

function take(rate: number, arrivals: 'poisson' | 'constant', seed: number, count: number): number[] {
  const times = arrivalTimes({ rate, arrivals }, seeded(seed))
  return Array.from({ length: count }, () => times.next().value)
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
  const average = mean(gaps)!
  const deviation = Math.sqrt(mean(gaps.map((gap) => (gap - average) ** 2))!)
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
