import { describe, expect, test } from 'vitest'
import { capacityOf, mostLevels, nextLoad, type LoadRange, type TriedLevel } from './load-search.ts'
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

test('no search tries more levels than it is given time for', () => {
  for (const whole of [true, false])
    for (const precision of [0.01, 0.05, 0.5])
      for (const upTo of [2, 64, 5000])
        for (const capacity of [0, 0.3, 1, 1.5, 7, 60, 63.9, 900, 6000]) {
          const { tried, range: all } = search(capacity, { whole, precision, upTo })
          expect(tried.length).toBeLessThanOrEqual(mostLevels(all))
        }
})

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

describe('a level', () => {
  const test95 = (leastRequests: number) =>
    new SequentialTest({ attainment: 0.9, confidence: 0.95, leastRequests })
  const unalike = (request: number) => (request * 7919) % 97

  test('is decided either way, once it has the least requests, and the verdict stands', () => {
    const good = test95(150)
    for (let request = 0; request < 149; request += 1) expect(good.add(true, unalike(request))).toBe('open')
    expect(good.add(true, 5)).toBe('holds')
    for (let request = 0; request < 100; request += 1) expect(good.add(false, null)).toBe('holds')
    const bad = test95(60)
    let request = 0
    while (bad.add((request * 31) % 50 < 20, unalike(request)) === 'open' && request < 500) request += 1
    expect(bad.verdict).toBe('fails')
    expect(request).toBeLessThan(300)
  })

  test('in which a queue grows is not taken for one that holds', () => {
    const growing = test95(60)
    for (let request = 0; request < 300; request += 1) expect(growing.add(true, request)).toBe('open')
    const easy = new SequentialTest({ attainment: 0.05, confidence: 0.95, leastRequests: 60 })
    for (let request = 0; request < 300; request += 1) expect(easy.add(true, request)).toBe('open')
  })

  test('in which a queue grows fails where nearly all miss, and is open where less of them tell', () => {
    const verdict = (met: (request: number) => boolean) => {
      const growing = test95(60)
      for (let request = 0; request < 300; request += 1) growing.add(met(request), request)
      return growing.verdict
    }
    expect(verdict((request) => request < 6)).toBe('fails')
    expect(verdict((request) => request < 200)).toBe('open')
  })
})
