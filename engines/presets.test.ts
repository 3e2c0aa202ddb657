import { expect, test } from 'vitest'
import { check } from '../domain/validation.ts'
import { checkRules } from '../domain/space.ts'
import { Goal, TuningRequest, TuningSpec, type EngineSpec } from '../domain/tuning.ts'
import { checkParameters } from './check.ts'
import { ENGINES } from './index.ts'
import { withPreset } from './presets.ts'

function request(kind: EngineSpec['kind'], change: object = {}): TuningRequest {
  return TuningRequest.parse({
    name: 'preset',
    engine: { kind, model: 'some/model' },
    runtime: kind === 'openai' ? { kind: 'endpoint', url: 'http://127.0.0.1:8000' } : { kind: 'process' },
    workload: { prompts: { synthetic: { inputTokens: 64, outputTokens: 16 } }, load: { concurrency: 4 } },
    objective: { maximize: 'output_tokens_per_second' },
    preset: 'throughput',
    ...change,
  })
}

const EVERY = Object.values(ENGINES)
  .filter(({ kind }) => kind !== 'command')
  .flatMap(({ kind }) => Goal.options.map((goal) => [kind, goal] as const))

test.each(EVERY)('%s: the preset for %s is a tuning that its engine takes', (kind, goal) => {
  const spec = withPreset(ENGINES[kind].presets, request(kind, { preset: goal }))
  expect(TuningSpec.parse(spec)).toEqual(spec)
  expect(checkParameters(spec)).toEqual([])
  expect(checkRules(spec.space, spec.rules, spec.engine.args)).toEqual([])
})

test('a program of yours has no preset', () => {
  const engine = { kind: 'command', model: 'm', command: ['./bench'] }
  expect(() => request('command', { engine })).toThrow('name a space')
})

test('what a request names goes before its preset', () => {
  const low = { type: 'integer', low: 2, high: 4 }
  const spec = withPreset(
    ENGINES.vllm.presets,
    request('vllm', {
      engine: { kind: 'vllm', model: 'm', args: { max_num_batched_tokens: 4096 } },
      space: { max_num_seqs: low, enable_chunked_prefill: { type: 'boolean' } },
      rules: ['max_num_seqs > 1'],
    }),
  )
  expect(spec.space['max_num_seqs']).toMatchObject(low)
  expect(spec.space).not.toHaveProperty('max_num_batched_tokens')
  expect(spec.space).toHaveProperty('gpu_memory_utilization')
  expect(spec.engine.args).toEqual({ max_num_batched_tokens: 4096 })
  expect(spec.rules).toEqual(['max_num_seqs > 1', 'max_num_seqs <= max_num_batched_tokens'])
  expect(checkParameters(spec)).toEqual([])
})

test('a rule of the preset goes with the parameter that it is about', () => {
  const { presets } = ENGINES.vllm
  const only = {
    ...presets,
    latency: { ...presets.latency, space: { stream_interval: presets.latency.space['stream_interval']! } },
  }
  expect(withPreset(only, request('vllm', { preset: 'latency' })).rules).toEqual([])
})

test('a request needs a space or a preset, and is told so', () => {
  const { name, engine, workload, objective } = request('vllm')
  expect(check(TuningRequest, { name, engine, workload, objective }).errors).toEqual([
    { pointer: '/space', message: 'a tuning needs a space, or a preset in its place' },
  ])
  expect(check(TuningRequest, { name, engine, workload, objective, preset: 'latencies' }).errors).toEqual([
    { pointer: '/preset', message: 'unknown value "latencies"; did you mean "latency"?' },
  ])
})

test('values that cannot be written on the command line are refused with their place', () => {
  const spec = withPreset(
    ENGINES.vllm.presets,
    request('vllm', {
      engine: { kind: 'vllm', model: '--help', args: { enforce_eager: 'yes', max_num_seq: 1 } },
      baseline: { dtype: true },
    }),
  )
  expect(checkParameters(spec).map(({ path, message }) => [path.join('.'), message])).toEqual([
    ['engine.args.enforce_eager', '"enforce_eager" is a switch: expected true or false, got "yes"'],
    ['engine.args.max_num_seq', 'vLLM has no parameter "max_num_seq"; did you mean "max_num_seqs"?'],
    ['baseline.dtype', '"dtype" takes a value, not true: write what the flag expects, such as "on"'],
    ['engine.model', 'a model that begins with a dash would be taken for a flag'],
  ])
})

test('an endpoint that runs already is tuned by its load alone', () => {
  const wrong = withPreset(ENGINES.openai.presets, request('openai', { runtime: { kind: 'process' } }))
  expect(checkParameters(wrong).map(({ path }) => path)).toEqual([['runtime', 'kind']])
  const started = request('vllm', { runtime: { kind: 'endpoint', url: 'http://127.0.0.1:8000' } })
  expect(checkParameters(withPreset(ENGINES.vllm.presets, started)).map(({ path }) => path)).toEqual([
    ['runtime', 'kind'],
  ])
})
