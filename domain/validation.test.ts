import { expect, test } from 'vitest'
import { TuningSpec } from './tuning.ts'
import { check } from './validation.ts'

const valid = {
  name: 'x',
  engine: { kind: 'llama.cpp', model: 'm' },
  workload: { prompts: { synthetic: { inputTokens: 8, outputTokens: 8 } }, load: { concurrency: 1 } },
  objective: { maximize: 'output_tokens_per_second' },
  space: { parallel: { type: 'integer', low: 1, high: 4 } },
}

function findings(change: object): { pointer: string; message: string }[] {
  return check(TuningSpec, { ...valid, ...change }).errors ?? []
}

test('a complete request is filled with its defaults', () => {
  expect(TuningSpec.parse(valid)).toMatchObject({
    baseline: {},
    budget: { experiments: 16 },
    confirmation: { pairs: 3 },
  })
})

test.each([
  [{ budgett: {} }, '/budgett', 'did you mean "budget"?'],
  [
    { workload: { ...valid.workload, load: { concurency: 2 } } },
    '/workload/load/concurency',
    'did you mean "concurrency"?',
  ],
  [
    { objective: { maximise: 'output_tokens_per_second' } },
    '/objective/maximise',
    'did you mean "maximize"?',
  ],
  [
    { objective: { maximize: 'output_token_per_second' } },
    '/objective/maximize',
    'did you mean "output_tokens_per_second"?',
  ],
  [
    { objective: [{ maximize: 'goodput_rps' }, { minimise: 'ttft_p99_ms' }] },
    '/objective/1/minimise',
    'did you mean "minimize"?',
  ],
  [
    { objective: [{ maximize: 'ttft_p99_ms' }, { minimize: 'ttft_p99_ms' }] },
    '/objective',
    'two objectives are of two metrics',
  ],
  [
    { workload: { ...valid.workload, prompts: { dataset: { path: 'x' } } } },
    '/workload/prompts/dataset/path',
    'unknown key "path"; known: format, file',
  ],
  [{ engine: { kind: 'llama.cp', model: 'm' } }, '/engine/kind', 'llama.cpp'],
  [{ space: { p: { type: 'integer', low: 9, high: 1 } } }, '/space/p/high', 'the range is empty'],
  [{ space: { p: { type: 'integer', low: 1, hihg: 2 } } }, '/space/p/hihg', 'did you mean "high"?'],
  [{ space: {} }, '/space', 'at least one parameter'],
  [{ constraints: ['ttft_p99 <= 3'] }, '/constraints/0', 'unknown metric'],
  [{ rules: ['a <'] }, '/rules/0', 'not a rule'],
  [{ name: '' }, '/name', ''],
  [
    { workload: { ...valid.workload, load: { rate: 2, concurrency: 4 } } },
    '/workload/load/rate',
    '"rate" and "concurrency": only one of them can be given',
  ],
  [
    { workload: { ...valid.workload, load: { rate: 2, arrivals: 'constant', ramp: { from: 1, to: 2 } } } },
    '/workload/load/ramp',
    '"ramp" and "rate": only one of them can be given',
  ],
  [
    { objective: { maximize: 'output_tokens_per_second', minimize: 'ttft_p99_ms' } },
    '/objective/minimize',
    '"minimize" and "maximize": only one of them can be given',
  ],
  [
    { workload: { ...valid.workload, load: { concurrency: null } } },
    '/workload/load/concurrency',
    'expected number, received nothing',
  ],
])('%j is wrong at %s', (change, pointer, message) => {
  const found = findings(change)
  expect(found.map((finding) => finding.pointer)).toContain(pointer)
  expect(found.find((finding) => finding.pointer === pointer)?.message).toContain(message)
})

test('every wrong place is told at once', () => {
  expect(findings({ name: '', space: {}, rules: ['<'] }).map(({ pointer }) => pointer)).toEqual([
    '/name',
    '/space',
    '/rules/0',
  ])
})
