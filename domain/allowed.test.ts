import { expect, test } from 'vitest'
import { forbidden, Patterns } from './allowed.ts'
import { EngineSpec, type TuningSpec } from './tuning.ts'
import { RuntimeSpec } from './runtime.ts'

const engine = (change: object = {}) => EngineSpec.parse({ kind: 'vllm', model: 'm', ...change })
const docker = (image: string, program?: string) => RuntimeSpec.parse({ kind: 'docker', image, program })
const pointers = (
  spec: Pick<TuningSpec, 'engine' | 'runtime'> & Partial<TuningSpec>,
  lists: Record<string, string>,
) =>
  forbidden(
    { space: {}, baseline: {}, ...spec },
    Object.fromEntries(Object.entries(lists).map(([name, text]) => [name, Patterns.parse(text)])),
  ).map(({ path }) => path.join('/'))

test.each([
  ['vllm/vllm-openai:v0.11.0', true],
  ['registry.example/team/engine:1', true],
  ['vllm/vllm-openai', false],
  ['vllm/vllm-openai:v1/../../evil', false],
  ['evil/vllm/vllm-openai:v0.11.0', false],
  ['registryXexample/team/engine:1', false],
  ['registry.example/team/sub/engine:1', false],
])('image %s: %s', (image, allowed) => {
  const images = 'vllm/vllm-openai:v*, registry.example/team/*'
  expect(pointers({ engine: engine(), runtime: docker(image) }, { images })).toEqual(
    allowed ? [] : ['runtime/image'],
  )
})

test('programs are looked at wherever a request names one', () => {
  const programs = '/opt/bench/*,numactl'
  const own = (...command: string[]) => ({
    engine: engine({ kind: 'command', command }),
    runtime: RuntimeSpec.parse({ kind: 'process' }),
  })
  expect(pointers(own('/opt/bench/run', '/etc/passwd'), { programs })).toEqual([])
  expect(pointers(own('/opt/bench/../../bin/sh'), { programs })).toEqual(['engine/command/0'])
  expect(pointers(own('/opt/bench/run\n/bin/sh'), { programs })).toEqual(['engine/command/0'])
  const through = (...command: string[]) => ({
    engine: engine(),
    runtime: RuntimeSpec.parse({ kind: 'command', command }),
  })
  expect(pointers(through('numactl', '-N0', '{engine}'), { programs })).toEqual([])
  expect(pointers(through('{engine}'), { programs })).toEqual([])
  expect(pointers(through('numactl', '{engine}', '--host', '0.0.0.0'), { programs })).toEqual([
    'runtime/command/2',
  ])
  expect(pointers(through('{engine}', '--host', '0.0.0.0'), {})).toEqual([])
  expect(pointers(through('sh', '{engine}'), { programs })).toEqual(['runtime/command/0'])
  expect(pointers({ engine: engine(), runtime: docker('any', 'sh') }, { programs })).toEqual([
    'runtime/program',
  ])
})

test('parameters are looked at by name, wherever a request gives them', () => {
  const spec = {
    engine: engine({ args: { max_num_seqs: 8, middleware: 'evil.py' } }),
    runtime: docker('any'),
    space: { max_model_len: { type: 'integer' as const, low: 1, high: 2, scale: 'linear' as const } },
    baseline: { download_dir: '/etc' },
  }
  expect(pointers(spec, { parameters: 'max_*' })).toEqual(['engine/args/middleware', 'baseline/download_dir'])
})

test('variables are looked at by name; what has no list may be anything', () => {
  const spec = { engine: engine({ env: { HF_TOKEN: 'x', LD_PRELOAD: '/tmp/x.so' } }), runtime: docker('any') }
  expect(pointers(spec, { variables: 'HF_*' })).toEqual(['engine/env/LD_PRELOAD'])
  expect(pointers(spec, {})).toEqual([])
})
