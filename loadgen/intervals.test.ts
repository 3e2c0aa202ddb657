import { expect, test } from 'vitest'
import { intervalsOf } from './intervals.ts'
import { collected } from './testing/collected.ts'
import { failure, record } from './testing/records.ts'

const WINDOW = { startMs: 0, endMs: 10_000 }

function shares(fails: (request: number) => boolean) {
  const records = Array.from({ length: 1000 }, (_, request) => {
    const sentMs = request * 10
    return fails(request) ? failure({ sentMs }) : record([sentMs + 5], { sentMs })
  })
  const collector = collected(records, {})
  const { attainment, error_rate: errors } = intervalsOf(collector, WINDOW, collector.requestRows())
  return { attainment, errors }
}

test('failures in a row count for few, for the error rate as for attainment, scattered ones for themselves', () => {
  const { attainment, errors } = shares((request) => request >= 400 && request < 500)
  expect(errors?.low).toBeCloseTo(1 - (attainment?.high ?? 0), 9)
  expect(errors?.high).toBeCloseTo(1 - (attainment?.low ?? 0), 9)
  expect(errors?.high).toBeGreaterThan(0.2)
  expect(shares((request) => (request * 7919) % 1000 < 100).errors?.high).toBeLessThan(0.13)
})
