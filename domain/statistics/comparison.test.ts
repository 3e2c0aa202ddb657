import { expect, test } from 'vitest'
import { comparePairs } from './comparison.ts'

test('a clear gain is better, and worse where less is better', () => {
  const [before, after] = [
    [100, 101, 99, 100],
    [120, 121, 120, 119],
  ]
  const verdict = comparePairs(before, after, true)
  expect(verdict).toMatchObject({ verdict: 'better', moreRuns: null })
  // Geometric mean of the ratios.
  expect(verdict?.ratio).toBeCloseTo(1.2, 3)
  expect(comparePairs(before, after, false)?.verdict).toBe('worse')
})

test('what lies within two per cent is no difference', () => {
  const verdict = comparePairs([100, 100.2, 99.9, 100.1], [100.1, 100, 100.2, 99.9], true)
  expect(verdict?.verdict).toBe('no_difference')
})

test('what is not settled says how many more runs would settle it', () => {
  const verdict = comparePairs([100, 103, 97], [104, 101, 103], true)
  expect(verdict?.verdict).toBe('not_settled')
  expect(verdict?.moreRuns).toBeGreaterThan(1)
})

test('one pair tells nothing of the spread', () => {
  expect(comparePairs([100], [200], true)).toBeNull()
})
