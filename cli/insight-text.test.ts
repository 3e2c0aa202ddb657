import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import type { Insight } from '../client/client.ts'
import { insightText } from './insight-text.ts'

const share = (value: number) => ({ share: value, low: value / 2, high: Math.min(1, value * 2) })
const point = (value: number, mean: number) => ({
  value,
  mean,
  low: mean - 1,
  high: mean + 1,
  failure: 0.25,
  feasible: 0.75,
  fromBest: null,
})
const insight: Insight = {
  objective: { metric: 'output_tokens_per_second', higherIsBetter: true },
  experiments: { measured: 20, failed: 3 },
  parameters: [
    {
      parameter: 'parallel',
      importance: share(0.6),
      total: 0.7,
      best: 8,
      effect: [point(1, 30), point(8, 70)],
    },
    { parameter: 'threads', importance: share(0.001), total: 0.01, best: null, effect: [] },
  ],
  pairs: [
    { first: 'parallel', second: 'threads', interaction: share(0.09), cells: [] },
    { first: 'threads', second: 'batch', interaction: share(0.0001), cells: [] },
  ],
  limits: [
    {
      constraint: 'ttft_p99_ms <= 500',
      relaxed: [
        { limit: 550, ratio: 1.001, low: 0.99, high: 1.01, configuration: {} },
        { limit: 1000, ratio: 1.21, low: 1.02, high: 1.4, configuration: { parallel: 16 } },
      ],
    },
  ],
}
const plain = (text: string) => stripVTControlCharacters(text)

test('it tells what matters, what acts together, where failures are and what a looser limit buys', () => {
  const text = plain(insightText(insight))
  expect(text).toMatch(/parallel\s+60 %\s+30 % to 100 %\s+70 %/)
  expect(text).toMatch(/8\s+70\.0\s+69\.0 to 71\.0\s+25 %\s+75 %/)
  expect(text).toMatch(/parallel and threads\s+9\.0 %/)
  expect(text).not.toContain('threads and batch')
  expect(text).toContain('ttft_p99_ms <= 500, were it 1,000: +21 % (+2.0 % to +40 %)  parallel=16')
  expect(text).not.toContain('550')
})

test('in a report it is brief', () => {
  const text = plain(insightText(insight, { brief: true }))
  expect(text).toContain('What matters')
  expect(text).not.toContain('What acts together')
})
