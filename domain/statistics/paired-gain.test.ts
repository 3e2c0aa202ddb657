import { expect, test } from 'vitest'
import { pairedGain } from './paired-gain.ts'

test('the gain of three pairs has the t interval of their log ratios', () => {
  // scipy 1.17.1: exp(mean +- stats.t.ppf(0.975, 2) * std(ddof=1) / sqrt(3)) of the logs
  const gain = pairedGain([100, 102, 99], [120, 118, 125], true)
  expect(gain?.ratio).toBeCloseTo(1.20571862, 8)
  expect(gain?.low).toBeCloseTo(1.08105421, 8)
  expect(gain?.high).toBeCloseTo(1.344759, 6)
  expect(gain).toMatchObject({ pairs: 3, verdict: 'better', morePairs: null })
  expect(pairedGain([100, 102, 99], [120, 118, 125], false)?.ratio).toBeCloseTo(1 / 1.20571862, 8)
})

test('what is not settled says how many pairs would settle it', () => {
  const gain = pairedGain([100, 100, 100], [112, 104, 98], true)
  expect(gain?.verdict).toBe('not_settled')
  expect(gain?.morePairs).toBeGreaterThan(0)
})

test('one pair gives a ratio without an interval, none gives nothing', () => {
  expect(pairedGain([100], [110], true)).toMatchObject({
    ratio: expect.closeTo(1.1, 10),
    low: null,
    high: null,
  })
  expect(pairedGain([], [], true)).toBeNull()
})

test('values that come in steps are known to a step only, however often they come out the same', () => {
  expect(pairedGain([10, 10, 10], [10.4, 10.4, 10.4], true, { resolution: 0.05 })?.verdict).toBe(
    'not_settled',
  )
  expect(pairedGain([10, 10, 10], [12, 12, 12], true, { resolution: 0.05 })).toMatchObject({
    verdict: 'better',
    low: expect.closeTo(1.2 / 1.05, 10),
    high: expect.closeTo(1.2 * 1.05, 10),
  })
})

test('a run that reached nothing is not left out: there is no ratio over it, and so no gain', () => {
  expect(pairedGain([12, 12, 13], [16, 0, 17], true)).toBeNull()
  expect(pairedGain([0, 0], [16, 17], true)).toBeNull()
})

test('the intervals of 2,000 simulated confirmations cover the true ratio about 95 times in 100', () => {
  let seed = 7
  const uniform = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
  let covered = 0
  for (let run = 0; run < 2000; run++) {
    const four = [0, 1, 2, 3]
    const gain = pairedGain(
      four.map(() => Math.exp(0.05 * normal())),
      four.map(() => 1.1 * Math.exp(0.05 * normal())),
      true,
    )
    if (gain?.low != null && gain.high != null && gain.low <= 1.1 && gain.high >= 1.1) covered++
  }
  expect(covered / 2000).toBeGreaterThan(0.935)
  expect(covered / 2000).toBeLessThan(0.965)
})
