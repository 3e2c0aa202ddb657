import { expect, test } from 'vitest'
import { explain } from './explain.ts'

const chances = { probabilityFeasible: 0.954, probabilityFailure: 0.02 }
const expected = (metric: string, mean: number, sd: number) => ({
  objectives: [{ metric, mean, sd }],
  ...chances,
})

test('a reason names what is changed of the best, and what is expected with label and unit', () => {
  const best = { parallel: 4, flash_attn: 'on' }
  expect(
    explain('exploit', { ...best, parallel: 8 }, expected('output_tokens_per_second', 12_345, 91.2), best),
  ).toBe(
    'exploit: the largest expected gain; parallel 4 → 8; expects output tokens/s 12,300 ± 91; meets the limits 95 %, fails 2 %',
  )
  expect(explain('explore', best, expected('ttft_p90_ms', 812.4, 40.2), null)).toContain(
    'expects TTFT p90 812 ± 40 ms;',
  )
})

test('a metric of somebody else is told by its name', () => {
  expect(explain('explore', {}, expected('cost_in_cents', 0.001_23, 0.000_4), {})).toContain(
    'expects cost in cents 0.00123 ± 0.0004;',
  )
})
