import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Problem, Schemas, Tuning, TuningSpec } from '../client/client.ts'
import { temporaryFolder } from './folder.ts'
import {
  api,
  json,
  runCli,
  serviceProcesses,
  smallRequest,
  startTestService,
  type TestService,
} from './service.ts'

let service: TestService
let calls: ReturnType<typeof api>

beforeAll(async () => {
  service = await startTestService()
  calls = api(service)
})
afterAll(() => service.remove())

const get = (path: string, headers: Record<string, string> = {}) => fetch(service.url + path, { headers })

const rows = async () => (await json<{ tunings: unknown[] }>(get('/api/v1/tunings?limit=200'))).tunings.length

describe('bad input', () => {
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${service.url}/api/v1/tunings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })

  test.each([
    ['an unknown key', { bugdet: {} }, 422, '/bugdet', 'did you mean "budget"?'],
    [
      'an impossible range',
      { space: { parallel: { type: 'integer', low: 4, high: 1 } } },
      422,
      '/space/parallel/high',
      'the range is empty',
    ],
    [
      'a rule that names an unknown parameter',
      { rules: ['paralel < 3'] },
      422,
      '/rules/0',
      'did you mean "parallel"?',
    ],
    [
      'an earlier tuning that is not there',
      { transfer: ['nonsense'] },
      422,
      '/transfer/0',
      'no tuning "nonsense"',
    ],
    ['a space with nothing in it', { space: {} }, 422, '/space', 'at least one parameter'],
    ['rules that leave nothing', { rules: ['parallel > 8'] }, 422, '/rules/0', 'no configuration'],
    [
      'a parameter that the engine does not have',
      { space: { paralel: { type: 'boolean' } } },
      422,
      '/space/paralel',
      'did you mean "parallel"?',
    ],
    [
      'a model that is missing',
      { engine: { kind: 'llama.cpp', model: '/no/such.gguf' } },
      422,
      '/engine/model',
      'there is no file /no/such.gguf',
    ],
    [
      'an engine that does not exist',
      { engine: { kind: 'lama', model: 'x' } },
      422,
      '/engine/kind',
      'llama.cpp',
    ],
  ])(
    '%s is told with its place, and leaves nothing behind',
    async (_what, change, status, pointer, message) => {
      const before = await rows()
      const response = await post({ ...smallRequest(), ...change })
      expect(response.status).toBe(status)
      expect(response.headers.get('content-type')).toContain('application/problem+json')
      const problem = await json<Problem>(response)
      expect(problem.errors?.find((error) => error.pointer === pointer)?.message).toContain(message)
      expect(await rows()).toBe(before)
    },
  )

  test('5 MB of JSON, broken JSON, broken YAML and a wrong type are refused', async () => {
    expect((await post({ name: 'x'.repeat(5_000_000) })).status).toBe(413)
    expect((await post('{"name":')).status).toBe(400)
    expect((await post('a: [', { 'content-type': 'application/yaml' })).status).toBe(400)
    expect((await post('x', { 'content-type': 'text/csv' })).status).toBe(415)
  })

  test('what does not exist is 404, a wrong method 405, a wrong query 400', async () => {
    expect((await get('/api/v1/tunings/nothing')).status).toBe(404)
    expect((await get('/api/v1/tunings/nothing/events')).status).toBe(404)
    expect((await get('/api/v1/nothing')).status).toBe(404)
    expect((await fetch(`${service.url}/api/v1/tunings`, { method: 'PUT' })).status).toBe(405)
    for (const query of ['limit=0', 'sort=size', 'state=lost', 'cursor=%%%'])
      expect((await get(`/api/v1/tunings?${query}`)).status, query).toBe(400)
  })

  test('the same Idempotency-Key starts nothing twice, and is refused for another request', async () => {
    const key = { 'idempotency-key': 'k1' }
    const request = smallRequest({ budget: { experiments: 1 }, confirmation: { pairs: 0 } })
    const answers = await Promise.all([1, 2, 3].map(async () => post(request, key)))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 201])
    const ids = await Promise.all(answers.map(async (answer) => (await json<Tuning>(answer)).id))
    expect(new Set(ids).size).toBe(1)
    expect((await post({ ...request, name: 'other' }, key)).status).toBe(409)
    await calls.act(ids[0] ?? '', 'cancel')
    await calls.finished(ids[0] ?? '')
  })

  test('a check says what a request would come to without starting it', async () => {
    const before = await rows()
    const response = await fetch(`${service.url}/api/v1/tunings/check`, {
      method: 'POST',
      headers: { 'content-type': 'application/yaml' },
      body: await readFile(join(import.meta.dirname, '../examples/demo.yaml')),
    })
    expect(response.status).toBe(200)
    const estimate = await json<{ spaceSize: number; durationMs: number; baselineCommand: string }>(response)
    expect(estimate.spaceSize).toBeGreaterThan(100)
    expect(estimate.durationMs).toBeGreaterThan(60_000)
    expect(estimate.baselineCommand).toContain('llama-server')
    expect(await rows()).toBe(before)
  })

  test('a preset stands for the space, and what its engine lists beyond the catalogue can be fixed', async () => {
    const request = { ...smallRequest(), space: undefined, rules: undefined }
    const engine = { ...request.engine, args: { threads: 1, warmup: false, ctx_size: 8192 } }
    const response = await fetch(`${service.url}/api/v1/tunings/check`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...request, engine, preset: 'latency' }),
    })
    const estimate = await json<{ spec: TuningSpec; baselineCommand: string }>(response)
    expect(response.status).toBe(200)
    expect(Object.keys(estimate.spec.space ?? {})).toContain('spec_type')
    expect(estimate.spec.rules).toEqual(['parallel * 512 <= ctx_size'])
    expect(estimate.baselineCommand).toContain('--no-warmup')
    expect(estimate.baselineCommand).toContain('--ctx-size 8192')
  })

  test('the CLI says what is wrong in a line, without a stack, and exits with 1', async () => {
    const folder = await temporaryFolder()
    const file = join(folder, 'bad.yaml')
    await writeFile(file, JSON.stringify({ ...smallRequest(), objective: { maximize: 'tokens' } }))
    const empty = join(folder, 'empty.yaml')
    await writeFile(empty, '')
    const commands = [
      [['tune', empty], 'empty.yaml is empty'],
      [['tune', file], 'unknown value "tokens"'],
      [['tune', join(folder, 'none.yaml')], 'there is no file'],
      [['show', 'nothing'], 'there is no tuning "nothing"'],
      [['tune', folder], `${folder} is a folder: name a file in it`],
      [['restore', join(folder, 'none.gz')], 'there is no file'],
      [['restore', folder], 'is a folder'],
      [['logs', 'nothing', 'abc'], 'experiment abc: expected a number'],
      [['logs', 'nothing', '1.5'], 'experiment 1.5: expected the number of one'],
      [['rerun', 'nothing', 'x'], 'experiment x: expected a number'],
      [['adjust', 'nothing', '--priority', 'abc'], '--priority abc: expected a number'],
      [['list', '--limit', 'abc'], '--limit abc: expected a number'],
      [['report', 'nothing', '--format', 'md', '--json'], '--format md is no JSON'],
      [['--url', 'nonsense', 'list'], '--url nonsense: expected an address such as'],
      [['--url', `${service.url}/api/v1`, 'list'], 'leave out the path of the API'],
      [['--url', 'http://127.0.0.1:9', 'list'], 'no answer from http://127.0.0.1:9'],
      [['frobnicate'], "unknown command 'frobnicate'"],
    ] as const
    for (const [args, message] of commands) {
      const { code, stderr } = await runCli(service.env, ...args)
      expect(code, args.join(' ')).toBe(1)
      expect(stderr).toContain(message)
      expect(stderr).not.toMatch(/^\s+at /m)
    }
  })

  test('a second service on the same state folder, or on a taken port, is refused and starts nothing', async () => {
    const second = await runCli(service.env, 'up')
    expect(second.code).toBe(1)
    expect(second.stderr).toContain('a service is running on this state folder already')

    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const address = taken.address()
    const home = await temporaryFolder()
    const port = typeof address === 'object' && address !== null ? String(address.port) : ''
    const blocked = await runCli({ ...service.env, REDLINE_HOME: home, REDLINE_PORT: port }, 'up')
    expect(blocked.code).toBe(1)
    expect(blocked.stderr).toContain(`port ${port} is in use`)
    expect(serviceProcesses(home)).toEqual([])
    taken.close()
  })
})

describe('what the API says of itself', () => {
  test('the OpenAPI document names every operation and both documentations are served', async () => {
    const document = await json<{ openapi: string; paths: object }>(get('/openapi.json'))
    expect(document.openapi).toBe('3.1.0')
    expect(Object.keys(document.paths)).toContain('/api/v1/tunings/{id}/events')
    for (const page of [
      '/docs',
      '/redoc',
      '/docs/assets/swagger-ui-bundle.js',
      '/redoc/assets/redoc.standalone.js',
    ]) {
      expect((await get(page)).status, page).toBe(200)
    }
  })

  test('health and readiness', async () => {
    expect(await (await get('/healthz')).json()).toEqual({ status: 'ok' })
    expect(await (await get('/readyz')).json()).toEqual({
      status: 'ok',
      checks: { database: 'ok', temporal: 'ok' },
    })
  })

  test('engines are told with their parameters and the hosts that can run them', async () => {
    const { engines } = await json<{ engines: Schemas['Engine'][] }>(get('/api/v1/engines'))
    expect(engines.map(({ kind }) => kind)).toEqual([
      'llama.cpp',
      'vllm',
      'sglang',
      'tensorrt-llm',
      'openai',
      'command',
    ])
    const [llama] = engines
    expect(llama?.hosts).toHaveLength(1)
    expect(llama?.parameters.find(({ name }) => name === 'parallel')).toMatchObject({ offered: true })
    // Its help lists it, the catalogue does not.
    expect(llama?.parameters.find(({ name }) => name === 'warmup')).toMatchObject({ offFlag: '--no-warmup' })
    expect(Object.keys(llama?.presets ?? {})).toEqual(['throughput', 'latency', 'long_context'])
    expect((await get('/api/v1/engines/lama.cpp')).status).toBe(404)
  })
})
