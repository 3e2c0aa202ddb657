import { expect, test } from 'vitest'
import { newMeasurement } from '../tests/measurement.ts'
import { summaryOf } from './result-summary.ts'

const OBJECTIVE = { maximize: 'output_tokens_per_second' } as const
const metrics = { output_tokens_per_second: 106.23, ttft_p90_ms: 4512 }
const constraint = 'ttft_p90_ms <= 4000'
const check = { constraint, metric: 'ttft_p90_ms', value: 4512, limit: 4000, holds: false } as const

test('says what was reached and which limit was broken, with units', () => {
  const result = { status: 'measured', measurement: newMeasurement(metrics), constraints: [] } as const
  expect(summaryOf({ ...result, constraints: [] }, OBJECTIVE)).toBe('output tokens/s 106.2')
  expect(summaryOf({ ...result, constraints: [check] }, OBJECTIVE)).toBe(
    'output tokens/s 106.2, breaks TTFT p90 ≤ 4000 ms (4,512)',
  )
})

test('says why a measurement was cut short', () => {
  const cutShort = {
    of: 'objective',
    metric: 'output_tokens_per_second',
    op: '>=',
    limit: 98.5,
    ofMs: 8000,
    bound: 90,
    requests: 20,
    afterMs: 3000,
  } as const
  const measurement = newMeasurement(metrics, { cutShort })
  expect(summaryOf({ status: 'measured', measurement, constraints: [] }, OBJECTIVE)).toBe(
    'stopped after 3 s: cannot reach output tokens/s 98.5',
  )
})
