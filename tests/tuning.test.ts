import { Client, Connection } from '@temporalio/client'
import { Worker } from '@temporalio/worker'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Problem, Schemas, Tuning, TuningSpec } from '../client/client.ts'
import { RequestRecord } from '../domain/measurement.ts'
import { bundleWorkflows } from '../temporal/worker.ts'
import {
  api,
  engineProcesses,
  runCli,
  serviceProcesses,
  smallRequest,
  startTestService,
  type TestService,
} from './service.ts'

type Engine = Schemas['Engine']

let service: TestService
let calls: ReturnType<typeof api>

beforeAll(async () => {
  service = await startTestService()
  calls = api(service)
})
afterAll(() => service.remove())

const get = (path: string, headers: Record<string, string> = {}) => fetch(service.url + path, { headers })

/** Reads JSON whose shape the expectations check. */
async function json<Shape>(response: Response | Promise<Response>): Promise<Shape> {
  return (await (await response).json()) as Shape
}

const rows = async () => (await json<{ tunings: unknown[] }>(get('/api/v1/tunings?limit=200'))).tunings.length

describe('a tuning from start to report', () => {
  let id: string
  let events: Awaited<ReturnType<typeof calls.finished>>

  beforeAll(async () => {
    id = (await calls.start(smallRequest())).id
    events = await calls.finished(id)
  })

  test('measures the baseline first, then the search, then the best and the baseline in turn', async () => {
    const experiments = await calls.experiments(id)
    expect(experiments.map(({ number, kind }) => [number, kind]).slice(0, 3)).toEqual([
      [0, 'baseline'],
      [1, 'search'],
      [2, 'search'],
    ])
    expect(experiments.every(({ state }) => state === 'completed')).toBe(true)
    const roles = experiments.slice(3).map(({ role }) => role)
    const { verdict } = await calls.report(id)
    expect(roles).toEqual(verdict === 'baseline_best' ? [] : ['baseline', 'best'])
  })

  test('every event has its number, from the first to the end, in the order of stages', async () => {
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
    const stages = events.flatMap(({ event }) =>
      event.type === 'experiment.stage' && event.experiment === 1 ? [event.stage] : [],
    )
    expect(stages).toEqual(['starting', 'loading', 'warming', 'measuring', 'recording', 'done'])
    expect(events.at(-1)?.event).toMatchObject({ type: 'tuning.state', state: 'completed', phase: 'done' })
  })

  test('figures rest on the requests that can be downloaded', async () => {
    const [baseline] = await calls.experiments(id)
    const response = await get(`/api/v1/tunings/${id}/experiments/0/requests`)
    const records = (await response.text())
      .trimEnd()
      .split('\n')
      .map((line) => RequestRecord.parse(JSON.parse(line)))
    const measured = records.filter(({ phase }) => phase === 'measured')
    if (baseline?.result?.status !== 'measured') throw new Error('the baseline was not measured')
    const { measurement } = baseline.result
    expect(measured).toHaveLength(measurement.requests)
    expect(measured.every(({ outputTokens, outcome }) => outcome === 'ok' && outputTokens === 8)).toBe(true)
    const sorted = measured
      .map(({ firstTokenMs, sentMs }) => (firstTokenMs ?? NaN) - sentMs)
      .toSorted((a, b) => a - b)
    const middle = (sorted.length - 1) / 2
    const median = ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2
    expect(measurement.metrics.ttft_p50_ms).toBeCloseTo(median, 6)
  })

  test('the report has the best, its gain, the limits and a command line that starts the engine', async () => {
    const report = await calls.report(id)
    expect(report.best?.feasible).toBe(true)
    expect(report.constraintsHold).toBe(true)
    expect(report.command).toContain('--ctx-size 4096')
    expect(report.experiments).toMatchObject({ failed: 0, spaceSize: 19 })
    if (report.verdict !== 'baseline_best') expect(report.gain).toMatchObject({ pairs: 1, low: null })
  })

  test('the best configuration comes as JSON, YAML and command line', async () => {
    const best = await json<{ command: string; configuration: object }>(get(`/api/v1/tunings/${id}/best`))
    const yaml = parse(await (await get(`/api/v1/tunings/${id}/best?format=yaml`)).text())
    const command = await (await get(`/api/v1/tunings/${id}/best?format=command`)).text()
    expect(yaml).toEqual(best)
    expect(command).toBe(`${best.command}\n`)
    expect(best.configuration).toMatchObject({ ctx_size: 4096 })
  })

  test('the report comes as a file, what to deploy as files, and the bundle with a tuning that verifies it', async () => {
    const html = await get(`/api/v1/tunings/${id}/report.html`)
    expect(html.headers.get('content-type')).toContain('text/html')
    expect(html.headers.get('content-disposition')).toMatch(/^attachment; filename="?redline-.*\.html"?$/)
    const { headline } = await calls.report(id)
    expect(await (await get(`/api/v1/tunings/${id}/report.md`)).text()).toContain(headline.split(':')[0])
    for (const [format, file] of Object.entries({
      compose: 'compose',
      kubernetes: 'kubernetes',
      helm: 'values',
    })) {
      const answer = await get(`/api/v1/tunings/${id}/best?format=${format}`)
      expect(answer.headers.get('content-type')).toContain('application/yaml')
      expect(answer.headers.get('content-disposition')).toContain(`${file}.yaml`)
      expect(await answer.text()).toContain('--ctx-size')
    }
    const { verification } = await json<{ verification: object | null }>(get(`/api/v1/tunings/${id}/bundle`))
    if (verification !== null) {
      const check = await fetch(`${service.url}/api/v1/tunings/check`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(verification),
      })
      expect(await json<object>(check)).toMatchObject({ experiments: 1 })
    }
  })

  test("the engine's log is kept", async () => {
    expect(await (await get(`/api/v1/tunings/${id}/experiments/1/log`)).text()).toContain('listening')
  })

  test('a stream that starts in the middle gets the rest, and one that starts after the end is refused', async () => {
    const text = await (await get(`/api/v1/tunings/${id}/events`, { 'Last-Event-ID': '3' })).text()
    const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, seq]) => Number(seq))
    expect(ids).toEqual(events.slice(3).map(({ seq }) => seq))
    expect(text).toContain('event: end')
    const refused = await get(`/api/v1/tunings/${id}/events`, { 'Last-Event-ID': '9999' })
    expect(refused.status).toBe(409)
    expect((await json<Problem>(refused)).detail).toContain(`the newest is ${events.length}`)
  })

  test('an action on a finished tuning is refused with its reason', async () => {
    for (const action of ['pause', 'resume', 'cancel'] as const) {
      await expect(calls.act(id, action)).rejects.toThrow('the tuning is completed')
    }
  })

  test('the histories of the tuning and of an experiment replay', async () => {
    const connection = await Connection.connect({ address: `127.0.0.1:${service.env.REDLINE_TEMPORAL_PORT}` })
    const client = new Client({ connection })
    const workflowBundle = await bundleWorkflows()
    for (const workflowId of [`tuning-${id}`, `tuning-${id}/experiment-1`]) {
      const history = await client.workflow.getHandle(workflowId).fetchHistory()
      await Worker.runReplayHistory({ workflowBundle }, history, workflowId)
    }
    const { searchAttributes } = await client.workflow.getHandle(`tuning-${id}`).describe()
    expect(searchAttributes).toMatchObject({
      RedlineEngine: ['llama.cpp'],
      RedlineModel: ['gemma-3-270m'],
      RedlineState: ['completed'],
    })
    await connection.close()
  })

  test('the CLI shows it, exports it and deletes it', async () => {
    const show = await runCli(service.env, 'show', id)
    expect(show.stdout).toContain('completed')
    expect(show.stdout).toContain('To deploy')
    const listed = JSON.parse((await runCli(service.env, 'list', '--json')).stdout) as Tuning[]
    expect(listed.map((tuning) => tuning.id)).toContain(id)
    expect((await runCli(service.env, 'export', id, '--format', 'yaml')).stdout).toContain('configuration:')
    expect((await runCli(service.env, 'logs', id, '0')).stdout).toContain('listening')
    expect((await runCli(service.env, 'delete', id)).code).toBe(0)
    expect((await get(`/api/v1/tunings/${id}`)).status).toBe(404)
  })
})

describe('control', () => {
  test('a paused tuning finishes what runs and starts nothing, until it is resumed', async () => {
    const { id } = await calls.start(smallRequest({ name: 'paused' }))
    await calls.event(id, (event) => event.type === 'experiment.stage' && event.stage === 'measuring')
    expect((await calls.act(id, 'pause')).tuning.state).toBe('paused')
    await expect(calls.act(id, 'pause')).rejects.toThrow('already paused')
    await calls.event(
      id,
      (event) => event.type === 'experiment.stage' && event.experiment === 0 && event.stage === 'done',
    )
    await expect
      .poll(async () => (await json<{ running: number[] }>(get(`/api/v1/tunings/${id}/progress`))).running, {
        timeout: 20_000,
      })
      .toEqual([])
    expect(engineProcesses(service.home)).toEqual([])
    expect((await calls.read(id)).experiments.planned).toBe(1)
    expect((await calls.act(id, 'resume')).tuning.state).toBe('running')
    const events = await calls.finished(id)
    expect(
      events.flatMap(({ event }) => (event.type === 'tuning.action' ? [[event.what.action, event.by]] : [])),
    ).toEqual([
      ['pause', 'test'],
      ['resume', 'test'],
    ])
    expect((await calls.read(id)).state).toBe('completed')
  })

  test('a cancelled tuning has stopped its engine before it says so', async () => {
    const { id } = await calls.start(smallRequest({ name: 'cancelled' }))
    await calls.event(id, (event) => event.type === 'experiment.stage' && event.stage === 'measuring')
    expect(engineProcesses(service.home)).not.toEqual([])
    await calls.act(id, 'cancel')
    const events = await calls.finished(id)
    expect(engineProcesses(service.home)).toEqual([])
    expect(events.at(-1)?.event).toMatchObject({ type: 'tuning.state', state: 'cancelled' })
    expect((await calls.experiments(id)).map(({ state }) => state)).toEqual(['cancelled'])
  })

  test('a workflow cancelled in Temporal itself ends the same way', async () => {
    const { id } = await calls.start(smallRequest({ name: 'cancelled in Temporal' }))
    await calls.event(id, (event) => event.type === 'experiment.stage' && event.stage === 'loading')
    const connection = await Connection.connect({ address: `127.0.0.1:${service.env.REDLINE_TEMPORAL_PORT}` })
    const handle = new Client({ connection }).workflow.getHandle(`tuning-${id}`)
    await handle.cancel()
    await calls.finished(id)
    expect((await calls.read(id)).state).toBe('cancelled')
    expect(engineProcesses(service.home)).toEqual([])
    await expect.poll(async () => (await handle.describe()).status.name).toBe('CANCELLED')
    await connection.close()
  })

  test('two tunings at once share the one device, one experiment at a time', async () => {
    const started = await Promise.all(
      ['a', 'b'].map((name) =>
        calls.start(smallRequest({ name, budget: { experiments: 1 }, confirmation: { pairs: 0 } })),
      ),
    )
    await Promise.all(started.map(({ id }) => calls.finished(id)))
    const spans = (await Promise.all(started.map(({ id }) => calls.experiments(id))))
      .flat()
      .map(({ startedAt, finishedAt }) => [startedAt ?? '', finishedAt ?? ''] as const)
    const inOrder = spans.toSorted(([a], [b]) => a.localeCompare(b))
    for (const [index, [from]] of inOrder.entries()) {
      if (index > 0) expect(from >= (inOrder[index - 1]?.[1] ?? '')).toBe(true)
    }
  })
})

describe('configurations that fail', () => {
  test('are results with a diagnosis, and the search goes on', async () => {
    const space = {
      flash_attn: { type: 'categorical' as const, choices: ['off'] },
      cache_type_v: { type: 'categorical' as const, choices: ['q8_0', 'f16'] },
    }
    const { id } = await calls.start(
      smallRequest({ name: 'failing', space, rules: [], confirmation: { pairs: 0 } }),
    )
    await calls.finished(id)
    const experiments = await calls.experiments(id)
    const failed = experiments.filter(({ state }) => state === 'failed')
    expect(failed).toHaveLength(1)
    expect(failed[0]?.configuration.cache_type_v).toBe('q8_0')
    expect(failed[0]?.attempt).toBe(1)
    if (failed[0]?.result?.status !== 'failed') throw new Error('no diagnosis')
    const { diagnosis } = failed[0].result
    expect(diagnosis).toMatchObject({
      kind: 'unsupported_combination',
      exitCode: 1,
      evidence: expect.stringContaining('flash_attn'),
    })
    expect(diagnosis.logTail.length).toBeGreaterThan(3)
    expect(await calls.read(id)).toMatchObject({
      state: 'completed',
      experiments: { completed: 2, failed: 1 },
    })
  })

  test('an engine killed from outside is started again and measured', async () => {
    const { id } = await calls.start(
      smallRequest({ name: 'killed engine', budget: { experiments: 1 }, confirmation: { pairs: 0 } }),
    )
    await calls.event(id, (event) => event.type === 'experiment.stage' && event.stage === 'measuring')
    for (const { pid } of engineProcesses(service.home)) process.kill(pid, 'SIGKILL')
    await calls.finished(id)
    const [baseline] = await calls.experiments(id)
    expect(baseline).toMatchObject({ state: 'completed', attempt: 2 })
  })

  test('a limit that nothing meets is said, with what comes closest', async () => {
    const { id } = await calls.start(
      smallRequest({ name: 'hopeless', constraints: ['ttft_p50_ms <= 0.5'], budget: { experiments: 1 } }),
    )
    await calls.finished(id)
    const report = await calls.report(id)
    expect(report).toMatchObject({ verdict: 'nothing_feasible', constraintsHold: false, gain: null })
    expect(report.best?.feasible).toBe(false)
    expect(report.headline).toContain('ttft_p50_ms <= 0.5 was')
  })
})

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
    const folder = await mkdtemp(join(tmpdir(), 'redline-cli-'))
    const file = join(folder, 'bad.yaml')
    await writeFile(file, JSON.stringify({ ...smallRequest(), objective: { maximize: 'tokens' } }))
    const commands = [
      [['tune', file], 'unknown value "tokens"'],
      [['tune', join(folder, 'none.yaml')], 'there is no file'],
      [['show', 'nothing'], 'there is no tuning "nothing"'],
      [['--url', 'http://127.0.0.1:9', 'list'], 'no answer from http://127.0.0.1:9'],
      [['frobnicate'], "unknown command 'frobnicate'"],
    ] as const
    for (const [args, message] of commands) {
      const { code, stderr } = await runCli(service.env, ...args)
      expect(code, args.join(' ')).toBe(1)
      expect(stderr).toContain(message)
      expect(stderr).not.toMatch(/^\s+at /m)
    }
    await rm(folder, { recursive: true })
  })

  test('a second service on the same state folder, or on a taken port, is refused and starts nothing', async () => {
    const second = await runCli(service.env, 'up')
    expect(second.code).toBe(1)
    expect(second.stderr).toContain('a service is running on this state folder already')

    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const address = taken.address()
    const home = await mkdtemp(join(tmpdir(), 'redline-second-'))
    const port = typeof address === 'object' && address !== null ? String(address.port) : ''
    const blocked = await runCli({ ...service.env, REDLINE_HOME: home, REDLINE_PORT: port }, 'up')
    expect(blocked.code).toBe(1)
    expect(blocked.stderr).toContain(`port ${port} is in use`)
    expect(serviceProcesses(home)).toEqual([])
    taken.close()
    await rm(home, { recursive: true })
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

  test('health, readiness and metrics', async () => {
    expect(await (await get('/healthz')).json()).toEqual({ status: 'ok' })
    expect(await (await get('/readyz')).json()).toEqual({
      status: 'ok',
      checks: { database: 'ok', temporal: 'ok' },
    })
    expect(await (await get('/metrics')).text()).toMatch(/redline_tunings\{state="completed"\} [1-9]/)
  })

  test('engines are told with their parameters and the hosts that can run them', async () => {
    const { engines } = await json<{ engines: Engine[] }>(get('/api/v1/engines'))
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
