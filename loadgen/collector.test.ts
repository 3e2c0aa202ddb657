import { expect, test } from 'vitest'
import { Collector } from './collector.ts'
import { metricsOf } from './metrics.ts'
import { Samples } from './samples.ts'
import { failure, record } from './testing/records.ts'

const wanted = { inputTokens: 10, outputTokens: 3 }
const samples = Array.from({ length: 200 }, (_, index) => ({
  record:
    index % 10 === 9
      ? failure({ index, sentMs: index * 7, endMs: index * 7 + 5 })
      : record([index * 7 + 20 + (index % 13), index * 7 + 40, index * 7 + 55 + (index % 5)], {
          index,
          sentMs: index * 7,
          endMs: index * 7 + 60,
          ...(index % 4 === 0 ? { cachedInputTokens: 5 } : {}),
        }),
  wanted,
  latenessMs: index / 100,
}))

test('what threads have collected merges into what one would have', () => {
  const whole = new Collector({ ttft: 30 }, 2)
  const parts = [
    new Collector({ ttft: 30 }, 2),
    new Collector({ ttft: 30 }, 2),
    new Collector({ ttft: 30 }, 2),
  ]
  for (const [index, sample] of samples.entries()) {
    whole.add(sample)
    parts[index % 3]?.add(sample)
  }
  const merged = new Collector({ ttft: 30 }, 2)
  for (const part of parts) merged.merge(structuredClone(part.pack()))
  const window = { startMs: 100, endMs: 1300 }
  const rounded = (collector: Collector) =>
    Object.fromEntries(
      Object.entries(metricsOf(collector, window).metrics).map(([name, value]) => [name, value?.toFixed(9)]),
    )
  expect(rounded(merged)).toEqual(rounded(whole))
  expect(merged.outcomes).toEqual(whole.outcomes)
  expect(merged.requestRows()).toEqual(whole.requestRows())
  expect([merged.count('cachedUnwanted'), merged.failures]).toEqual([whole.count('cachedUnwanted'), 20])
})

test('a gap whose event carries several tokens counts as so many shorter ones', () => {
  const window = { startMs: 0, endMs: 1000 }
  const collector = new Collector({})
  const add = (tokenTotals?: number[]) =>
    collector.add({
      record: record([10, 40, 50], { ...(tokenTotals === undefined ? {} : { tokenTotals }) }),
      wanted,
      latenessMs: 0,
    })
  add()
  expect(metricsOf(collector, window).metrics).toMatchObject({ itl_mean_ms: 20, normalised_itl_mean_ms: 20 })
  add([1, 4, 5])
  expect(metricsOf(collector, window).metrics).toMatchObject({
    itl_mean_ms: 20,
    normalised_itl_mean_ms: 10,
    normalised_itl_p95_ms: 10,
  })
})

test('more samples than are kept go into a histogram that is right to three digits', () => {
  const many = new Samples()
  for (let index = 0; index < 1_200_000; index += 1) many.push((index * 7919) % 1_000_000)
  expect(many.count).toBe(1_200_000)
  for (const p of [0.5, 0.9, 0.99]) {
    const value = many.percentile(p) ?? NaN
    expect(Math.abs(value / (p * 1_000_000) - 1)).toBeLessThan(0.06)
  }
  expect(many.percentile(0.999, 10_000)).toBe(Infinity)
  const merged = new Samples()
  merged.push(5)
  merged.merge(structuredClone(many.pack()))
  expect(merged.count).toBe(1_200_001)
  expect(merged.mean).toBeCloseTo(((many.mean ?? NaN) * 1_200_000 + 5) / 1_200_001, 6)
})
