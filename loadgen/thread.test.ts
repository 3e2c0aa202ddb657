import { expect, test } from 'vitest'
import type { LiveFigures } from '../domain/measurement.ts'
import { Workload } from '../domain/workload.ts'
import { EndpointRefusedError, EndpointUnreachableError } from './errors.ts'
import type { RunOptions } from './run-options.ts'
import { completionServer } from './testing/completion-server.ts'
import { deadBaseUrl, scriptedServer } from './testing/scripted-server.ts'
import { packError, unpackError } from './thread-messages.ts'
import { runLoadInThread } from './thread.ts'

const optionsFor = (baseUrl: string, duration: string, rest: Partial<RunOptions> = {}): RunOptions => ({
  target: { baseUrl, model: 'm' },
  workload: Workload.parse({
    prompts: { synthetic: { inputTokens: 8, outputTokens: 4 } },
    load: { concurrency: 2 },
    duration,
    warmup: '50ms',
  }),
  slo: {},
  calibration: { tokensPerWord: 1, overheadTokens: 0, measured: true },
  runSeed: 1,
  ...rest,
})

test('a run in a thread returns its measurement and its records, and reports progress', async () => {
  await using server = await completionServer()
  const live: LiveFigures[] = []
  const onProgress = (figures: LiveFigures) => live.push(figures)
  const { measurement, records } = await runLoadInThread(optionsFor(server.baseUrl, '1200ms', { onProgress }))
  expect(measurement.requests).toBeGreaterThan(10)
  expect(measurement.outcomes).toEqual({ ok: measurement.requests })
  expect(records.filter(({ phase }) => phase === 'measured')).toHaveLength(measurement.requests)
  expect(live.length).toBeGreaterThanOrEqual(1)
})

test('several threads share the requests of a run without loss or repetition', async () => {
  await using server = await completionServer()
  const lines: string[] = []
  const { measurement } = await runLoadInThread({
    ...optionsFor(server.baseUrl, '1s'),
    extent: { requests: 101, durationMs: null, warmupRequests: 0, warmupMs: 0 },
    threads: 2,
    onLines: (bundle) => lines.push(...bundle.lines),
  })
  expect(measurement.outcomes).toEqual({ ok: 101 })
  expect(measurement.client?.threads).toBe(2)
  expect(server.requests).toHaveLength(101)
  expect(new Set(server.requests.map(({ body }) => body)).size).toBe(101)
  expect(lines).toHaveLength(101)
})

test('a thread that finds nobody there throws the error a run throws', async () => {
  const baseUrl = await deadBaseUrl()
  const error = await runLoadInThread(optionsFor(baseUrl, '10m')).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(EndpointUnreachableError)
  expect(error).toMatchObject({ baseUrl })
})

test('an abort ends the thread with the reason', async () => {
  const abort = new AbortController()
  await using server = await scriptedServer(() => abort.abort(new Error('enough')))
  const options = optionsFor(server.baseUrl, '10m', { signal: abort.signal })
  await expect(runLoadInThread(options)).rejects.toThrow('enough')
  await expect(runLoadInThread(options)).rejects.toThrow('enough')
})

test('other errors cross over with their message', async () => {
  await expect(runLoadInThread(optionsFor('ftp://nowhere', '1s'))).rejects.toThrow('not an http(s) URL')
})

test.each([
  new EndpointUnreachableError('http://h', 'refused'),
  new EndpointRefusedError('http://h', 'http_4xx', 404, 'not found'),
])('$name keeps its class and fields between threads', (error) => {
  const passed = unpackError(structuredClone(packError(error)))
  expect(passed).toBeInstanceOf(error.constructor)
  expect({ ...passed, message: passed.message }).toEqual({ ...error, message: error.message })
})
