import { expect, test } from 'vitest'
import { checkConstraints, Constraint, parseConstraint, requestSlo } from './constraint.ts'

test('a limit holds up to its value', () => {
  const checks = checkConstraints(['ttft_p99_ms <= 100', 'requests_per_second >= 5'], {
    ttft_p99_ms: 100,
    requests_per_second: 4.9,
  })
  expect(checks.map(({ holds }) => holds)).toEqual([true, false])
})

test('a metric without a value breaks its limit: nothing that was served can be judged', () => {
  expect(checkConstraints(['ttft_p99_ms <= 100'], { ttft_p99_ms: null })[0]?.holds).toBe(false)
})

test('an unknown metric is named with the nearest known one', () => {
  expect(parseConstraint('tfft_p99_ms <= 100')).toBe(
    'unknown metric "tfft_p99_ms"; did you mean "ttft_p99_ms"?',
  )
  expect(Constraint.safeParse('ttft_p99_ms < 100').success).toBe(false)
})

test('what each request must meet is the tightest limit on its latency', () => {
  expect(
    requestSlo(['ttft_p99_ms <= 1500', 'ttft_mean_ms <= 400', 'tpot_p95_ms <= 50', 'error_rate <= 0.01']),
  ).toEqual({ ttft: 400, tpot: 50 })
  expect(requestSlo(['max_gap_p99_ms <= 200', 'normalised_itl_p99_ms <= 30'])).toEqual({
    max_gap: 200,
    normalised_itl: 30,
  })
})
