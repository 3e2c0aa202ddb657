import { expect, test } from 'vitest'
import type { Report } from '../client/client.ts'
import { reproduced } from './verify-command.ts'

const gain = (low: number | null, high: number | null) => ({
  ratio: 1.3,
  low,
  high,
  confidence: 0.95,
  pairs: 3,
  verdict: 'better' as const,
  morePairs: null,
})
const report = (low: number | null, high: number | null, constraintsHold: boolean | null = true): Report => ({
  tuningId: 't',
  name: 't',
  verdict: 'better',
  headline: '',
  objective: { metric: 'output_tokens_per_second', higherIsBetter: true },
  best: null,
  baseline: null,
  changes: [],
  gain: gain(low, high),
  confirmation: [],
  finalists: [],
  constraintsHold,
  constraintsInConfirmation: [],
  command: null,
  experiments: { completed: 2, failed: 0, cutShort: 0, total: 2, spaceSize: 1 },
  front: null,
  stopped: null,
  insight: null,
  durationMs: 1,
  createdAt: '2026-11-24T00:00:00Z',
})

const claimed = (of: Report['gain']) => ({
  verdict: 'better' as const,
  gain: of,
  best: { flash_attn: 'off' },
})

test('a gain is reproduced when it is a gain of the same size again, within the limits', () => {
  expect(reproduced(claimed(gain(1.2, 1.4)), report(1.3, 1.5))).toBe(true)
  expect(reproduced(claimed(gain(1.2, 1.4)), report(1.05, 1.1))).toBe(false)
  expect(reproduced(claimed(gain(1.2, 1.4)), report(0.95, 1.3))).toBe(false)
  expect(reproduced(claimed(gain(1.2, 1.4)), report(null, null))).toBe(false)
  expect(reproduced(claimed(gain(1.2, 1.4)), report(1.3, 1.5, false))).toBe(false)
  expect(reproduced(claimed(null), report(1.1, 1.2))).toBe(true)
  const alone = { ...claimed(null), verdict: 'only_feasible' as const }
  expect(reproduced(alone, { ...report(1.1, 1.2), verdict: 'only_feasible' })).toBe(true)
  expect(reproduced(alone, report(1.1, 1.2))).toBe(false)
})

test.each([
  ['off', true],
  ['auto', false],
])('what was measured must be what is verified: flash_attn %s', (flash_attn, holds) => {
  const best = { number: 1, configuration: { flash_attn }, metrics: {}, constraints: [], feasible: true }
  const again = { ...report(1.3, 1.5), best }
  expect(reproduced(claimed(gain(1.2, 1.4)), again)).toBe(holds)
})
