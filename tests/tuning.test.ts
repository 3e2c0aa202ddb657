import { Worker } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Problem, Tuning } from '../client/client.ts'
import { RequestRecord } from '../domain/measurement.ts'
import { bundleWorkflows } from '../temporal/worker.ts'
import {
  api,
  connectTemporal,
  json,
  engineProcesses,
  runCli,
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

  test('Prometheus is told of it', async () => {
    expect(await (await get('/metrics')).text()).toMatch(/redline_tunings\{state="completed"\} [1-9]/)
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
    const client = await connectTemporal(service)
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
      RedlineOwner: ['local'],
    })
    await client.connection.close()
  })

  test('the CLI shows it, exports it, deletes it and brings it back', async () => {
    const show = await runCli(service.env, 'show', id)
    expect(show.stdout).toContain('completed')
    expect(show.stdout).toContain('To deploy')
    const listed = JSON.parse((await runCli(service.env, 'list', '--json')).stdout) as Tuning[]
    expect(listed.map((tuning) => tuning.id)).toContain(id)
    expect((await runCli(service.env, 'export', id, '--format', 'yaml')).stdout).toContain('configuration:')
    expect((await runCli(service.env, 'logs', id, '0')).stdout).toContain('listening')
    expect((await runCli(service.env, 'delete', id)).code).toBe(0)
    for (const path of ['', '/overview', '/experiments', '/experiments/0', '/experiments/0/log', '/report'])
      expect((await get(`/api/v1/tunings/${id}${path}`)).status, path).toBe(404)
    expect((await runCli(service.env, 'list', '--deleted')).stdout).toContain(id)
    expect((await runCli(service.env, 'undelete', id)).code).toBe(0)
    expect((await runCli(service.env, 'show', id)).stdout).toContain('To deploy')
    expect((await runCli(service.env, 'undelete', 'nothing')).stderr).toContain(
      'there is no tuning "nothing"',
    )
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
      .poll(async () => (await json<{ running: number[] }>(get(`/api/v1/tunings/${id}/progress`))).running)
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
    const client = await connectTemporal(service)
    const handle = client.workflow.getHandle(`tuning-${id}`)
    await handle.cancel()
    await calls.finished(id)
    expect((await calls.read(id)).state).toBe('cancelled')
    expect(engineProcesses(service.home)).toEqual([])
    await expect.poll(async () => (await handle.describe()).status.name).toBe('CANCELLED')
    await client.connection.close()
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
    expect(report.headline).toContain('TTFT p50 ≤ 0.5 ms was')
  })
})
