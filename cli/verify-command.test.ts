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

const claimed = (of: Report['gain']) => ({ verdict: 'better' as const, gain: of })

test('a gain is reproduced when it is a gain of the same size again, within the limits', () => {
  expect(reproduced(claimed(gain(1.2, 1.4)), report(1.3, 1.5))).toBe(true)
  expect(reproduced(claimed(gain(1.2, 1.4)), report(1.05, 1.1))).toBe(false)
  expect(reproduced(claimed(gain(1.2, 1.4)), report(0.95, 1.3))).toBe(false)
  expect(reproduced(claimed(gain(1.2, 1.4)), report(null, null))).toBe(false)
  expect(reproduced(claimed(gain(1.2, 1.4)), report(1.3, 1.5, false))).toBe(false)
  expect(reproduced(claimed(null), report(1.1, 1.2))).toBe(true)
  const alone = { verdict: 'only_feasible' as const, gain: null, constraintsHold: true }
  expect(reproduced(alone, alone)).toBe(true)
  expect(reproduced(alone, report(1.1, 1.2))).toBe(false)
})
