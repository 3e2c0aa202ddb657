import { expect, test } from 'vitest'
import { capacityOf, nextLoad, type LoadRange, type TriedLevel } from './load-search.ts'
import { SequentialTest } from './sequential.ts'

const range: LoadRange = { from: 1, upTo: 64, precision: 0.05, whole: true, attainment: 0.9 }

/** Searches a server that holds up to a load. */
function search(capacity: number, over: Partial<LoadRange> = {}): { tried: TriedLevel[]; range: LoadRange } {
  const all = { ...range, ...over }
  const tried: TriedLevel[] = []
  for (let load = nextLoad(all, tried); load !== null; load = nextLoad(all, tried))
    tried.push({ load, verdict: load <= capacity ? 'holds' : 'fails', share: load <= capacity ? 1 : 0 })
  return { tried, range: all }
}

test.each([1, 2, 5, 23, 40, 63, 64])(
  'the search finds a capacity of %i streams within its precision',
  (capacity) => {
    const { tried, range: all } = search(capacity)
    const found = capacityOf(all, tried)
    expect(found.low).toBeLessThanOrEqual(capacity)
    expect(found.high ?? 65).toBeGreaterThan(capacity)
    expect((found.high ?? 65) - found.low!).toBeLessThanOrEqual(Math.max(1, 0.05 * capacity + 1))
    expect(tried.length).toBeLessThanOrEqual(9)
  },
)

test('the search over rates ends within the precision', () => {
  const { tried, range: all } = search(17.3, { whole: false, precision: 0.02 })
  const { low, high } = capacityOf(all, tried)
  expect(low).toBeLessThanOrEqual(17.3)
  expect(high).toBeGreaterThan(17.3)
  expect(high! / low!).toBeLessThanOrEqual(1.02)
})

test('where nothing holds there is no capacity, and where all holds no upper end', () => {
  const none = search(0)
  expect(capacityOf(none.range, none.tried)).toEqual({ capacity: null, low: null, high: 1 })
  const all = search(1000)
  expect(capacityOf(all.range, all.tried)).toEqual({ capacity: 64, low: 64, high: null })
})

test('an undecided level steers the search and widens the interval', () => {
  const tried: TriedLevel[] = [
    { load: 8, verdict: 'holds', share: 1 },
    { load: 10, verdict: 'open', share: 0.91 },
    { load: 11, verdict: 'fails', share: 0.5 },
  ]
  expect(capacityOf(range, tried)).toEqual({ capacity: 10, low: 8, high: 11 })
  expect(nextLoad(range, tried)).toBeNull()
})

test('a level is decided either way, once it has the least requests, and the verdict stands', () => {
  const good = new SequentialTest({ attainment: 0.9, confidence: 0.95, leastRequests: 60 })
  for (let request = 0; request < 59; request += 1) expect(good.add(true)).toBe('open')
  expect(good.add(true)).toBe('holds')
  for (let request = 0; request < 100; request += 1) expect(good.add(false)).toBe('holds')
  const bad = new SequentialTest({ attainment: 0.9, confidence: 0.95, leastRequests: 30 })
  let request = 0
  while (bad.add(request % 2 === 0) === 'open') request += 1
  expect(bad.verdict).toBe('fails')
  expect(request).toBeLessThan(40)
})
