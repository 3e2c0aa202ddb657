import { expect, test } from 'vitest'
import { tradeOffs } from './trade-offs.ts'

const constraint = { constraint: 'ttft_p95_ms <= 1', metric: 'ttft_p95_ms', limit: 1 }
const tried = (number: number, objective: number, value: number) => ({
  ...{ number, kind: 'search', excluded: false, objective },
  result: { status: 'measured' as const, constraints: [{ ...constraint, value, holds: value <= 1 }] },
})

test('where nothing meets the limits, a looser one is held against what comes closest', () => {
  const objective = { metric: 'output_tokens_per_second', higherIsBetter: true }
  const best = { metrics: { output_tokens_per_second: 100 } }
  const offers = tradeOffs({ objective, best }, [tried(1, 100, 90), tried(2, 600, 99)])
  expect(offers).toMatchObject([{ experiment: 2, needed: 99, ratio: 6 }])
})
