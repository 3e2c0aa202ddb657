import { expect, test } from 'vitest'
import { TuningSpec } from '../domain/tuning.ts'
import { searchProblem, searchTrials, type KnownExperiment } from './tuning-history.ts'

const experiment = (changes: Partial<KnownExperiment>): KnownExperiment => ({
  configuration: { parallel: 4 },
  state: 'completed',
  excluded: false,
  outcome: {
    failure: null,
    metrics: { output_tokens_per_second: 90, ttft_p99_ms: null },
    clientLimited: false,
    cutShort: null,
  },
  durationS: 20,
  ...changes,
})
const failed = (failure: 'out_of_memory' | 'infrastructure') =>
  experiment({
    state: 'failed',
    outcome: { failure, metrics: null, clientLimited: null, cutShort: null },
  })
const statuses = (history: KnownExperiment[]) => searchTrials(history).map(({ outcome }) => outcome.status)

test('limits are judged by metrics in which failed requests count, the objective by those of the others', () => {
  const spec = TuningSpec.parse({
    name: 't',
    engine: { kind: 'llama.cpp', model: 'm' },
    workload: {
      prompts: { synthetic: { inputTokens: 8, outputTokens: 8 } },
      load: { concurrency: 1 },
      duration: '5s',
    },
    objective: { maximize: 'output_tokens_per_second' },
    constraints: ['ttft_p99_ms <= 500'],
    space: { parallel: { type: 'integer', low: 1, high: 8 } },
  })
  const { objectives, constraints } = searchProblem(spec, {})
  const [trial] = searchTrials([experiment({})])
  const metrics = trial?.outcome.status === 'measured' ? trial.outcome.metrics : {}
  expect(metrics[objectives[0]?.metric ?? '']).toBe(90)
  expect(metrics[constraints[0]?.metric ?? '']).toBeNull()
})

test('a failure of the configuration is learned, one of the host is not', () => {
  expect(searchTrials([failed('out_of_memory')])[0]?.outcome).toEqual({
    status: 'failed',
    kind: 'out_of_memory',
  })
  expect(statuses([failed('infrastructure')])).toEqual(['void'])
})

test('what was excluded or limited by the client teaches nothing, what was cancelled may come again', () => {
  const limited = experiment({})
  expect(statuses([experiment({ excluded: true })])).toEqual(['void'])
  expect(
    statuses([{ ...limited, outcome: limited.outcome && { ...limited.outcome, clientLimited: true } }]),
  ).toEqual(['void'])
  expect(statuses([experiment({ state: 'running', outcome: null })])).toEqual(['pending'])
  expect(statuses([experiment({ state: 'cancelled', outcome: null })])).toEqual([])
})

test('of what was cut short the figure that ended it is a bound, the others are known as far as it went', () => {
  const whole = experiment({})
  const cut = (of: 'constraint' | 'objective', change: object) =>
    experiment({
      outcome: whole.outcome && {
        ...whole.outcome,
        cutShort: {
          of,
          ...{ metric: 'output_tokens_per_second', op: '>=', limit: 100, bound: 93 },
          ...{ afterMs: 6000, ofMs: 30_000, requests: 40 },
          ...change,
        },
      },
    })
  const late = cut('constraint', { metric: 'ttft_p99_ms', op: '<=', limit: 500, bound: 500 })
  const outcomes = searchTrials([cut('objective', {}), late]).map(({ outcome }) => outcome)
  expect(outcomes).toMatchObject([
    {
      metrics: { output_tokens_per_second: null, ttft_p99_ms: null },
      bounds: { output_tokens_per_second: { op: '<=', value: 93 } },
    },
    {
      metrics: { output_tokens_per_second: 90, ttft_p99_ms: null },
      bounds: { ttft_p99_ms: { op: '>=', value: 500 } },
    },
  ])
})

test('two objectives are both what the search looks for', () => {
  const spec = TuningSpec.parse({
    name: 't',
    engine: { kind: 'llama.cpp', model: 'm' },
    workload: { prompts: { synthetic: { inputTokens: 8, outputTokens: 8 } }, load: { concurrency: 1 } },
    objective: [{ maximize: 'output_tokens_per_second' }, { minimize: 'tpot_p99_ms' }],
    space: { parallel: { type: 'integer', low: 1, high: 8 } },
  })
  expect(searchProblem(spec, {}).objectives).toEqual([
    { metric: 'output_tokens_per_second', direction: 'maximize' },
    { metric: 'tpot_p99_ms', direction: 'minimize' },
  ])
})
