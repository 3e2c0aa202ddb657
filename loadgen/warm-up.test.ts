import { expect, test } from 'vitest'
import { Workload } from '../domain/workload.ts'
import { asked } from './testing/chunks.ts'
import { completionServer, httpAnswer, type CompletionModel } from './testing/completion-server.ts'
import { deadBaseUrl, scriptedServer } from './testing/scripted-server.ts'
import { warmUp, type WarmUpOptions } from './warm-up.ts'

const RANGES = { inputTokens: { min: 5, max: 50 }, outputTokens: { min: 1, max: 9 } }

const optionsFor = (
  baseUrl: string,
  load: unknown,
  signal?: AbortSignal,
  warmup = '100ms',
): WarmUpOptions => ({
  target: { baseUrl, model: 'm' },
  workload: Workload.parse({ prompts: { synthetic: RANGES }, load, warmup }),
  calibration: { tokensPerWord: 1, overheadTokens: 0, measured: true },
  runSeed: 1,
  signal,
})

async function warm(load: unknown, model: CompletionModel = {}, warmup?: string) {
  await using server = await completionServer(model)
  return { result: await warmUp(optionsFor(server.baseUrl, load, undefined, warmup)), server }
}

test.each([{ concurrency: 3 }, { rate: 100 }])(
  'load %j goes on for the warm-up, all of it finishes',
  async (load) => {
    const { result, server } = await warm(load, {}, '1s')
    expect(result.requests).toBeGreaterThan(3)
    expect(result).toEqual({
      requests: server.requests.length,
      succeeded: result.requests,
      outcomes: { ok: result.requests },
      firstError: null,
    })
  },
)

test.each([{ concurrency: 2 }, { rate: 0.01 }])(
  'with load %j the longest and the shortest request come first',
  async (load) => {
    const { server } = await warm(load)
    const sizes = server.requests.slice(0, 2).map(({ body }) => asked(body))
    expect(sizes.map(({ words, maxTokens }) => [words, maxTokens])).toEqual(
      expect.arrayContaining([
        [50, 9],
        [5, 1],
      ]),
    )
  },
)

test('every stream sends a request, though the first outlasts the warm-up', async () => {
  const all = Promise.withResolvers<void>()
  const { result } = await warm(
    { concurrency: 5 },
    {
      instead: (reply, request) => {
        if (request === 4) all.resolve()
        return all.promise.then(() => reply.send(httpAnswer('200 OK', 'data: [DONE]\n\n')))
      },
    },
  )
  expect(result.requests).toBeGreaterThanOrEqual(5)
})

test('every stream sends a request, though the warm-up is over before', async () => {
  await using server = await completionServer()
  const result = await warmUp(optionsFor(server.baseUrl, { concurrency: 300 }, undefined, '1ms'))
  expect(result.requests).toBeGreaterThanOrEqual(300)
})

test('failed requests are reported with the first error', async () => {
  const { result } = await warm(
    { concurrency: 2 },
    { instead: (reply, request) => request % 2 === 0 && reply.send(httpAnswer('500 Oops', 'no memory')) },
  )
  expect(result.succeeded).toBeGreaterThan(0)
  expect(result.outcomes.http_5xx).toBeGreaterThan(0)
  expect(result.succeeded + (result.outcomes.http_5xx ?? 0)).toBe(result.requests)
  expect(result.firstError).toBe('HTTP 500: no memory')
})

test('a dead endpoint is reported, and soon', async () => {
  const result = await warmUp(optionsFor(await deadBaseUrl(), { concurrency: 8 }, undefined, '10m'))
  expect(result.succeeded).toBe(0)
  expect(Object.keys(result.outcomes)).toContain('connect')
  expect(result.firstError).toContain('ECONNREFUSED')
})

test('an abort ends it with its reason', async () => {
  const abort = new AbortController()
  await using server = await scriptedServer(() => abort.abort(new Error('enough')))
  await expect(warmUp(optionsFor(server.baseUrl, { concurrency: 2 }, abort.signal))).rejects.toThrow('enough')
})
