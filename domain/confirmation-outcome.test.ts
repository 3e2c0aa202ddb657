import { expect, test } from 'vitest'
import { confirmedFinalists, finalistConfidence, winnerOf } from './confirmation-outcome.ts'
import type { Candidate, ConfirmationEntry } from './confirmation.ts'
import type { Configuration } from './parameter.ts'
import { TuningSpec } from './tuning.ts'

const spec = TuningSpec.parse({
  name: 't',
  engine: { kind: 'llama.cpp', model: 'm' },
  workload: { prompts: { synthetic: { inputTokens: 8, outputTokens: 8 } }, load: { concurrency: 1 } },
  objective: { maximize: 'output_tokens_per_second' },
  space: {
    parallel: { type: 'integer', low: 1, high: 8 },
    ubatch_size: { type: 'integer', low: 1, high: 8 },
  },
})

type Entry = Candidate & ConfirmationEntry
const entry = (number: number, objective: number, change: Partial<Entry>): Entry => ({
  number,
  kind: 'search',
  configuration: {},
  reason: '',
  role: null,
  pair: null,
  confirms: null,
  replaces: null,
  hurdle: null,
  state: 'completed',
  excluded: false,
  objective,
  feasible: true,
  ...change,
})

/** Experiments 1, 2, ... of these configurations, of nearly the same objective, confirmed with these ratios to the baseline. */
function confirmed(
  finalists: { configuration: Configuration; ratios: number[]; feasible?: boolean }[],
): Entry[] {
  const pairs = finalists[0]?.ratios.length ?? 0
  const tried = finalists.map(({ configuration }, index) => entry(index + 1, 100 - index, { configuration }))
  const runs = Array.from({ length: pairs }, (_, pair) => [
    { role: 'baseline' as const, pair, confirms: 1, objective: 50 + pair, feasible: true },
    ...finalists.map(({ ratios, feasible = true }, index) => ({
      role: 'best' as const,
      pair,
      confirms: index + 1,
      objective: (50 + pair) * (ratios[pair] ?? 1),
      feasible,
    })),
  ]).flat()
  return [
    ...tried,
    ...runs.map((run, index) => entry(20 + index, run.objective, { ...run, kind: 'confirmation' })),
  ]
}
const chosen = (history: Entry[]) =>
  winnerOf(confirmedFinalists({ ...spec, confirmation: { pairs: 3, finalists: 3 } }, history))

const ONE = { parallel: 4 }
const TWO = { parallel: 4, ubatch_size: 2 }

test('the finalist with the largest gain over the baseline beside it is chosen', () => {
  const winner = chosen(
    confirmed([
      { configuration: ONE, ratios: [1.2, 1.19, 1.21] },
      { configuration: TWO, ratios: [1.3, 1.31, 1.29] },
    ]),
  )
  expect(winner?.finalist.number).toBe(2)
  expect(winner?.gain).toMatchObject({ verdict: 'better', pairs: 3, ratio: expect.closeTo(1.3, 2) })
})

test('of two that are a tie the one nearer to the baseline is chosen', () => {
  const history = confirmed([
    { configuration: TWO, ratios: [1.3, 1.31, 1.29] },
    { configuration: ONE, ratios: [1.29, 1.3, 1.28] },
  ])
  expect(chosen(history)?.finalist.number).toBe(2)
})

test('one that breaks a limit in the confirmation loses to one that does not', () => {
  const history = confirmed([
    { configuration: ONE, ratios: [1.3, 1.3, 1.3], feasible: false },
    { configuration: TWO, ratios: [1.2, 1.2, 1.2] },
  ])
  expect(chosen(history)?.finalist.number).toBe(2)
})

test('a parameter that a finalist sets to the default of the engine is no change', () => {
  const history = confirmed([
    { configuration: { parallel: 4, ubatch_size: 2 }, ratios: [1.3, 1.31, 1.29] },
    { configuration: { parallel: 4, ubatch_size: 8 }, ratios: [1.29, 1.3, 1.28] },
  ])
  const finalists = confirmedFinalists({ ...spec, confirmation: { pairs: 3, finalists: 3 } }, history, {
    ubatch_size: 8,
  })
  expect(winnerOf(finalists)?.finalist.number).toBe(2)
})

test('where the baseline reached nothing the finalist that met every limit is chosen', () => {
  const history = confirmed([
    { configuration: ONE, ratios: [1.3, 1.3, 1.3], feasible: false },
    { configuration: TWO, ratios: [1.2, 1.2, 1.2] },
  ]).map((run) => (run.role === 'baseline' ? { ...run, objective: null, feasible: null } : run))
  expect(chosen(history)?.finalist.number).toBe(2)
})

test('without a confirmation the best of the search is chosen', () => {
  const winner = chosen([entry(1, 100, { configuration: ONE }), entry(2, 99, { configuration: TWO })])
  expect([winner?.finalist.number, winner?.gain]).toEqual([1, null])
  expect(chosen([])).toBeNull()
})

test('the more finalists the winner is chosen from, the surer each must be, so that chance wins no more often', () => {
  expect([1, 2, 3, 4, 5].map(finalistConfidence)).toEqual([0.95, 0.95, 0.967, 0.975, 0.98])
  const [one, two, three] = [ONE, TWO, { parallel: 2 }].map((configuration) => ({
    configuration,
    ratios: [1.2, 1.19, 1.21],
  }))
  const gainOf = (finalists: Parameters<typeof confirmed>[0]) => chosen(confirmed(finalists))?.gain
  const pair = gainOf([one!, two!])
  const triple = gainOf([one!, two!, three!])
  expect([pair?.confidence, triple?.confidence]).toEqual([0.95, 0.967])
  expect(triple?.low).toBeLessThan(pair?.low ?? 0)
})
