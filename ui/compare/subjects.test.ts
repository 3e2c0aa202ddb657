import { expect, test } from 'vitest'
import type { Experiment, ExperimentBrief, Tuning } from '../../client/client.ts'
import { unequalText } from '../words/compare-words.ts'
import { judge } from './judge.ts'
import {
  numberOf,
  readWanted,
  requestDifferences,
  settingDifferences,
  subjectOf,
  unequalParts,
  writeWanted,
  type Subject,
} from './subjects.ts'

function tuning(id: string, change: object = {}): Tuning {
  return {
    id,
    name: id,
    best: { number: 1, objective: 0 },
    spec: {
      name: id,
      objective: { maximize: 'output_tokens_per_second' },
      engine: { kind: 'llama.cpp', model: 'm', args: { ctx_size: 4096 } },
      workload: { load: { concurrency: 4 }, duration: '10s' },
      ...change,
    },
  } as unknown as Tuning
}

function experiments(values: number[], parallel = 4): (Experiment & ExperimentBrief)[] {
  const run = (number: number, objective: number | null, configuration: object) =>
    ({ number, objective, configuration, state: 'completed', excluded: false }) as unknown as Experiment &
      ExperimentBrief
  return [run(0, 10, {}), ...values.map((value, index) => run(index + 1, value, { parallel }))]
}

const subject = (id: string, values: number[], parallel?: number, change?: object): Subject =>
  subjectOf(
    { tuningId: id, number: 'best' },
    tuning(id, change),
    experiments(values, parallel),
    experiments(values, parallel)[1] ?? null,
  )

test('an address names what is compared, and is written as it is read', () => {
  const wanted = readWanted({ tunings: 'a,b', experiments: 'a:3,b:x,c:0' })
  expect(wanted).toEqual([
    { tuningId: 'a', number: 'best' },
    { tuningId: 'b', number: 'best' },
    { tuningId: 'a', number: 3 },
    { tuningId: 'c', number: 0 },
  ])
  expect(writeWanted(wanted)).toEqual({ tunings: 'a,b', experiments: 'a:3,c:0' })
  expect(writeWanted([])).toEqual({ tunings: null, experiments: null })
})

test('the verdict rests on every run of the configuration, not on the best one alone', () => {
  const a = subject('a', [100, 101, 99])
  const b = subject('b', [130, 131, 129], 8)
  expect(a.values).toEqual([100, 101, 99])
  expect(numberOf({ tuningId: 'a', number: 'best' }, a.tuning)).toBe(1)
  expect(judge(a, b)).toMatch(/^is better: \+30 %, 95 % interval \+\d+ % to \+\d+ %$/)
  expect(judge(b, a)).toMatch(/^is worse: −23 %/)
  expect(judge(subject('a', [100]), subject('b', [130]))).toBe(
    'is not settled to be better or worse: +30 %, too few runs for an interval',
  )
  const other = subject('c', [1], 1, { objective: { minimize: 'ttft_p99_ms' } })
  expect(judge(a, other)).toBe('has another objective')
})

test('only what differs is listed', () => {
  const subjects = [
    subject('a', [100]),
    subject('b', [100], 8, { workload: { load: { concurrency: 8 }, duration: '10s' } }),
  ]
  expect(requestDifferences(subjects)).toEqual([{ name: 'workload.load.concurrency', values: ['4', '8'] }])
  expect(settingDifferences(subjects)).toEqual([{ name: 'parallel', values: ['4', '8'] }])
})

test('nothing that was asked for is left out but the name', () => {
  const asked = {
    baseline: { threads: 2 },
    space: { parallel: { low: 1 } },
    rules: ['a <= b'],
    parallelism: 2,
  }
  const differences = requestDifferences([subject('a', [100]), subject('b', [100], 4, asked)])
  expect(differences.map(({ name }) => name)).toEqual([
    'baseline.threads',
    'space.parallel.low',
    'rules.0',
    'parallelism',
  ])
})

test('a tuning without a best has no settings, not even defaults', () => {
  const none = subjectOf({ tuningId: 'b', number: 'best' }, tuning('b'), [], null)
  expect(settingDifferences([subject('a', [100]), none])).toEqual([
    { name: 'ctx_size', values: ['4096', '–'] },
    { name: 'parallel', values: ['4', '–'] },
  ])
})

test('what was asked different things is named, and what was asked the same is not', () => {
  const workload = { load: { concurrency: 8 }, prompts: { dataset: 'x' }, duration: '10s' }
  const asked = (change?: object) => unequalParts([subject('a', [20]), subject('b', [30], 8, change)])
  expect(asked()).toEqual([])
  expect(asked({ workload: { load: { concurrency: 4 }, duration: '10s', seed: 7 } })).toEqual([])
  expect(asked({ workload, constraints: ['ttft_p99_ms <= 3'] })).toEqual(['load', 'prompts', 'limits'])
  expect(asked({ engine: { kind: 'vllm', model: 'n', args: {} } })).toEqual(['engine', 'model'])
  expect(unequalText(['engine'])).toBe('engine differs')
  expect(unequalText(['engine', 'model', 'load'])).toBe('engine, model and load differ')
})
