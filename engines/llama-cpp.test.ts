import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { Configuration } from '../domain/parameter.ts'
import { endOf } from '../runtimes/conformance.ts'
import { processRuntime } from '../runtimes/process.ts'
import type { Runtime } from '../runtimes/runtime.ts'
import { configurationCommand } from './command.ts'
import { catalogueFromHelp } from './help.ts'
import { llamaCpp } from './llama-cpp.ts'

let folder: string
let runtime: Runtime

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'redline-engine-'))
  runtime = processRuntime({ folder, owner: folder })
})
afterAll(async () => {
  for (const key of await runtime.list()) await runtime.stop(key)
  await rm(folder, { recursive: true })
})

/** Starts the real llama-server and diagnoses how it ended. */
async function diagnosis(
  key: string,
  start: { configuration?: Configuration; model?: string; port?: number; more?: string[] },
) {
  await runtime.start({
    key,
    program: inject('llamaServer'),
    args: ({ host, port }) => [
      ...llamaCpp.args({
        model: start.model ?? inject('model'),
        host,
        port: start.port ?? port,
        configuration: start.configuration ?? {},
      }),
      ...(start.more ?? []),
    ],
    env: {},
    spec: { kind: 'process' },
    devices: [],
    files: [],
  })
  const exit = await endOf(runtime, key)
  const log = (await runtime.readLog(key, -100_000, 100_000)).toString()
  return llamaCpp.diagnose(exit ?? { exitCode: null, signal: null }, log.split('\n'))
}

test('a flag that this version does not know', async () => {
  expect(await diagnosis('flag', { more: ['--no-such-flag'] })).toMatchObject({
    kind: 'unknown_flag',
    evidence: expect.stringContaining('--no-such-flag'),
    exitCode: 1,
  })
})

test('a value that a flag does not take', async () => {
  expect(await diagnosis('value', { configuration: { cache_type_v: 'q4_9' } })).toMatchObject({
    kind: 'invalid_value',
    evidence: expect.stringContaining('q4_9'),
  })
})

test('a combination that is not supported', async () => {
  expect(
    await diagnosis('combination', { configuration: { flash_attn: 'off', cache_type_v: 'q8_0' } }),
  ).toMatchObject({ kind: 'unsupported_combination' })
})

test('more memory than there is', async () => {
  const configuration = { ctx_size: 100_000_000, fit: 'off', parallel: 1 }
  expect(await diagnosis('memory', { configuration })).toMatchObject({
    kind: 'out_of_memory',
    advice: expect.stringContaining('ctx_size'),
  })
})

test('a model that is not there', async () => {
  expect(await diagnosis('missing', { model: join(folder, 'none.gguf') })).toMatchObject({
    kind: 'model_missing',
  })
})

test('a file that is no model', async () => {
  const model = join(folder, 'bad.gguf')
  await writeFile(model, 'not a model')
  await truncate(model, 100_000)
  expect(await diagnosis('unreadable', { model })).toMatchObject({ kind: 'model_unreadable' })
})

// Logs of llama-server b11434 built for CUDA 13.0, on an NVIDIA H200.
test.each([
  ['kv-cache-too-large', 'out_of_memory', 'allocating 524288.00 MiB on device 0: cudaMalloc failed'],
  ['compute-buffers-too-large', 'out_of_memory', 'allocating 5487.51 MiB on device 0: cudaMalloc failed'],
  ['no-such-gpu', 'invalid_value', 'invalid value for main_gpu: 3 (available devices: 1)'],
  ['quantised-without-flash-attention', 'unsupported_combination', 'quantized V cache requires flash_attn'],
])('on a GPU: %s', async (name, kind, evidence) => {
  const log = await readFile(join(import.meta.dirname, 'fixtures', 'llama-cpp-cuda', `${name}.txt`), 'utf8')
  expect(llamaCpp.diagnose({ exitCode: 1, signal: null }, log.split('\n'))).toMatchObject({
    kind,
    evidence: expect.stringContaining(evidence),
  })
})

test('a port that another program has', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = other.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  expect(await diagnosis('port', { port })).toMatchObject({ kind: 'port_in_use' })
  other.close()
})

test('an end by a signal tells a crash from a kill', () => {
  expect(llamaCpp.diagnose({ exitCode: null, signal: 'SIGILL' }, ['loading'])).toMatchObject({
    kind: 'crash',
    summary: expect.stringContaining('another CPU'),
  })
  expect(llamaCpp.diagnose({ exitCode: null, signal: 'SIGSEGV' }, ['loading'])).toMatchObject({
    kind: 'crash',
    evidence: 'loading',
  })
  expect(llamaCpp.diagnose({ exitCode: null, signal: 'SIGKILL' }, [])).toMatchObject({
    kind: 'killed',
    evidence: null,
  })
})

test('every flag of the catalogue is one that llama-server knows', async () => {
  await runtime.start({
    key: 'help',
    program: inject('llamaServer'),
    args: () => ['--help'],
    env: {},
    spec: { kind: 'process' },
    devices: [],
    files: [],
  })
  await endOf(runtime, 'help')
  const help = (await runtime.readLog('help', 0, 1_000_000)).toString()
  const catalogue = catalogueFromHelp(llamaCpp, help)
  const builtIn = catalogue.slice(0, llamaCpp.parameters.length)
  expect(builtIn.filter(({ offered }) => offered === false).map(({ name }) => name)).toEqual([])
  expect(builtIn.map(({ offFlag }) => offFlag)).toEqual(llamaCpp.parameters.map(({ offFlag }) => offFlag))

  const others = catalogue.slice(llamaCpp.parameters.length)
  expect(others.find(({ name }) => name === 'spec_draft_n_max')).toMatchObject({
    form: 'value',
    flag: '--spec-draft-n-max',
    type: 'integer',
    default: 3,
    offered: true,
  })
  expect(others.find(({ name }) => name === 'warmup')).toMatchObject({
    form: 'switch',
    offFlag: '--no-warmup',
    default: true,
  })
  expect(others.find(({ name }) => name === 'rope_scaling')?.choices).toEqual(['none', 'linear', 'yarn'])
  // Redline sets these itself, and one is gone though listed.
  const names = others.map(({ name }) => name)
  for (const name of ['model', 'port', 'help', 'spec_ngram_size_n']) expect(names).not.toContain(name)
})

test('switches become --flag and --no-flag, and nothing where no flag turns them off', () => {
  const configuration = {
    parallel: 8,
    cont_batching: false,
    kv_unified: false,
    swa_full: false,
    cache_prompt: true,
  }
  expect(configurationCommand(llamaCpp, configuration).args).toEqual([
    '--cache-prompt',
    '--no-cont-batching',
    '--no-kv-unified',
    '--parallel',
    '8',
  ])
})
