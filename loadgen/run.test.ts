import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Measurement, RequestRecord, type LiveFigures } from '../domain/measurement.ts'
import { seeded } from '../domain/random.ts'
import { Workload } from '../domain/workload.ts'
import { EndpointUnreachableError } from './errors.ts'
import { planRequest } from './prompts.ts'
import type { LoadResult } from './result.ts'
import type { RunOptions } from './run-options.ts'
import { WHOLE as ONE_THREAD } from './request-source.ts'
import { runLoad, runShard } from './run.ts'
import { asked, event } from './testing/chunks.ts'
import { completionServer, httpAnswer, type CompletionModel } from './testing/completion-server.ts'
import { pacedServer } from './testing/paced-server.ts'
import { deadBaseUrl, scriptedServer, type ScriptedServer } from './testing/scripted-server.ts'

const WHOLE = httpAnswer('200 OK', '{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}')
const CALIBRATION = { tokensPerWord: 1, overheadTokens: 0, measured: true }

function optionsFor(
  baseUrl: string,
  workload: Record<string, unknown>,
  rest: Partial<RunOptions> = {},
): RunOptions {
  return {
    target: { baseUrl, model: 'm' },
    workload: Workload.parse({
      prompts: { synthetic: { inputTokens: 12, outputTokens: 4 } },
      duration: '400ms',
      warmup: '50ms',
      ...workload,
    }),
    slo: {},
    calibration: CALIBRATION,
    runSeed: 1,
    ...rest,
  }
}

async function run(
  workload: Record<string, unknown>,
  model: CompletionModel = {},
  rest: Partial<RunOptions> = {},
): Promise<LoadResult & { server: ScriptedServer }> {
  await using server = await completionServer(model)
  return { ...(await runLoad(optionsFor(server.baseUrl, workload, rest))), server }
}

const sum = (counts: Record<string, number>) =>
  Object.values(counts).reduce((total, count) => total + count, 0)
const phases = (records: RequestRecord[], phase: RequestRecord['phase']) =>
  records.filter((record) => record.phase === phase)

test('a run begins when its connections stand, so that opening them makes no request late', async () => {
  await using server = await completionServer()
  const options = optionsFor(server.baseUrl, { load: { arrivals: 'constant', rate: 100 } })
  const { window } = await runShard(options, ONE_THREAD, () => {
    expect(server.connections).toBeGreaterThan(1)
    expect(server.requests).toHaveLength(0)
    return performance.now()
  })
  expect(window?.startMs).toBe(50)
})

describe('a closed loop', () => {
  test('keeps its streams busy and measures requests of the wanted size', async () => {
    const { measurement, records } = await run({ load: { concurrency: 4 } })
    expect(Measurement.parse(measurement)).toEqual(measurement)
    expect(records.map((record) => RequestRecord.parse(record))).toEqual(records)
    expect(measurement).toMatchObject({
      requests: phases(records, 'measured').length,
      outcomes: { ok: measurement.requests },
      windowMs: 400,
      tokenSource: 'usage',
      inputTokensMean: 12,
      outputTokensMean: 4,
      cachedInputShare: null,
    })
    expect(measurement.requests).toBeGreaterThan(0)
    expect(measurement.metrics.error_rate).toBe(0)
    expect(measurement.metrics.concurrency_mean).toBeGreaterThan(0)
    expect(measurement.metrics.concurrency_mean).toBeLessThanOrEqual(4)
    expect(measurement.metrics.output_tokens_per_second).toBeGreaterThan(0)
  })

  test('never has more in flight than it has streams', async () => {
    const { records } = await run({ load: { concurrency: 3 } })
    for (const { sentMs } of records) {
      const inFlight = records.filter((other) => other.sentMs <= sentMs && other.endMs > sentMs).length
      expect(inFlight).toBeLessThanOrEqual(3)
    }
  })

  test('opens its connections before the window and keeps them', async () => {
    const { server } = await run({ load: { concurrency: 3 } })
    expect(server.connections).toBeLessThan(server.requests.length / 2)
  })

  test('opens the window when each stream has finished a request', async () => {
    const { records } = await run({ load: { concurrency: 4 } })
    const warm = phases(records, 'warmup')
    const windowStart = Math.min(...phases(records, 'measured').map(({ sentMs }) => sentMs))
    expect(warm.filter(({ endMs }) => endMs <= windowStart + 1).length).toBeGreaterThanOrEqual(4)
    // The warm-up's time, less what a timer may be early.
    expect(windowStart).toBeGreaterThanOrEqual(45)
  })

  test('says so when the window began before each stream had finished a request, even if all have by the end', async () => {
    const measured = Promise.withResolvers<void>()
    const instead: CompletionModel['instead'] = (reply, request) =>
      request === 0 && measured.promise.then(() => reply.send(httpAnswer('500 Oops', 'oops')))
    const { measurement, details } = await run(
      { load: { concurrency: 2 } },
      { instead },
      { onRecord: ({ phase }) => phase === 'measured' && measured.resolve() },
    )
    expect(details.steady).toBe(false)
    expect(measurement.warnings).toContain(
      'the window began before every stream had finished a request: the load was not steady yet',
    )
  })

  test('staggers the first requests of its streams over the warm-up', async () => {
    const all = Promise.withResolvers<void>()
    const instead: CompletionModel['instead'] = (reply, request) => {
      if (request === 3) all.resolve()
      return request < 4 && all.promise.then(() => reply.send(httpAnswer('200 OK', 'data: [DONE]\n\n')))
    }
    const { records } = await run({ load: { concurrency: 4 }, warmup: '200ms' }, { instead })
    const firsts = records.map(({ sentMs }) => sentMs).sort((a, b) => a - b)
    for (let slot = 0; slot < 4; slot += 1) expect(firsts[slot]).toBeGreaterThan(50 * slot - 2)
  })

  test('sends nothing after the window and lets what is in flight finish', async () => {
    await using server = await pacedServer({ firstTokenMs: 250, gapMs: 50 })
    const { measurement, records } = await runLoad(
      optionsFor(server.baseUrl, { load: { concurrency: 2 }, duration: '300ms' }),
    )
    const windowEnd = Math.min(...phases(records, 'measured').map(({ scheduledMs }) => scheduledMs)) + 300
    expect(records.every(({ scheduledMs }) => scheduledMs <= windowEnd)).toBe(true)
    expect(phases(records, 'measured').some(({ endMs }) => endMs > windowEnd)).toBe(true)
    expect(measurement.outcomes).toEqual({ ok: phases(records, 'measured').length })
  })

  test('sends every prompt once, and the same ones for the same seed', async () => {
    const first = await run({ load: { concurrency: 2 } })
    const again = await run({ load: { concurrency: 2 } })
    const other = await run({ load: { concurrency: 2 } }, {}, { runSeed: 2 })
    const prompts = (of: typeof first) => of.server.requests.map(({ body }) => asked(body).text)
    expect(new Set(prompts(first)).size).toBe(prompts(first).length)
    expect(new Set(prompts(again)).has(prompts(first)[0] ?? '')).toBe(true)
    expect(new Set([...prompts(first), ...prompts(other)]).size).toBe(
      prompts(first).length + prompts(other).length,
    )
  })
})

describe('an open loop', () => {
  test('sends when its schedule says, whatever is in flight', async () => {
    await using server = await pacedServer({ firstTokenMs: 300, gapMs: 10 })
    const load = { rate: 100, arrivals: 'constant' }
    const { measurement, records } = await runLoad(optionsFor(server.baseUrl, { load, warmup: '100ms' }))
    expect(phases(records, 'warmup')).toHaveLength(11)
    expect(measurement.requests).toBe(40)
    expect(measurement.outcomes).toEqual({ ok: 40 })
    const scheduled = records.map(({ scheduledMs }) => scheduledMs).sort((a, b) => a - b)
    expect(scheduled).toEqual(Array.from({ length: 51 }, (_, index) => index * 10))
    expect(records.every(({ sentMs, scheduledMs }) => sentMs >= scheduledMs)).toBe(true)
    expect(measurement.metrics.concurrency_mean).toBeGreaterThan(15)
  })

  test('has Poisson arrivals that depend on the seed alone', async () => {
    const load = { rate: 150 }
    const schedule = async (runSeed: number) =>
      (await run({ load }, {}, { runSeed })).records
        .map(({ scheduledMs }) => scheduledMs)
        .sort((a, b) => a - b)
    const [first, again, other] = [await schedule(1), await schedule(1), await schedule(2)]
    expect(again).toEqual(first)
    expect(other).not.toEqual(first)
  })
})

test('a cap holds requests of an open loop back, which scheduled TTFT shows and TTFT does not', async () => {
  await using server = await pacedServer({ firstTokenMs: 60, gapMs: 5 })
  const load = { rate: 100, arrivals: 'constant', maxConcurrency: 2 }
  const { measurement, records } = await runLoad(optionsFor(server.baseUrl, { load, warmup: '20ms' }))
  for (const { sentMs } of records)
    expect(
      records.filter((other) => other.sentMs <= sentMs && other.endMs > sentMs).length,
    ).toBeLessThanOrEqual(2)
  const { ttft_p50_ms, scheduled_ttft_p50_ms } = measurement.metrics
  expect(scheduled_ttft_p50_ms).toBeGreaterThan(2 * (ttft_p50_ms ?? Infinity))
  expect(measurement.warnings.some((warning) => warning.includes('for the cap on concurrency'))).toBe(true)
})

test('a trace is replayed at its own times, faster if wanted', async () => {
  const file = join(import.meta.dirname, '../examples/datasets/mooncake.jsonl')
  const { records } = await run({
    prompts: { dataset: { format: 'mooncake', file } },
    load: { trace: { speedUp: 3 } },
    warmup: '1ms',
  })
  const scheduled = records.map(({ scheduledMs }) => scheduledMs).sort((a, b) => a - b)
  expect(scheduled.map((ms) => ms.toFixed(4))).toEqual(['0.0000', '50.0000', '133.3333', '300.0000'])
})

test('a run of so many requests sends and counts just these', async () => {
  const extent = { requests: 37, durationMs: null, warmupRequests: 5, warmupMs: 0 }
  for (const load of [{ concurrency: 4 }, { rate: 400 }]) {
    const { measurement, records, server } = await run({ load }, {}, { extent })
    expect([server.requests.length, records.length]).toEqual([42, 42])
    expect(measurement.outcomes).toEqual({ ok: 37 })
    expect(phases(records, 'warmup').map(({ index }) => index)).toEqual(
      expect.arrayContaining([0, 1, 2, 3, 4]),
    )
  }
})

test('the time of a run begins when its warm-up by count is over', async () => {
  const slow: CompletionModel['instead'] = async (reply) => {
    await new Promise((resolve) => setTimeout(resolve, 40))
    await reply.send(WHOLE)
  }
  const extent = { requests: null, durationMs: 100, warmupRequests: 12, warmupMs: 0 }
  for (const load of [{ concurrency: 2 }, { rate: 50, arrivals: 'constant' as const }]) {
    const { records } = await run({ load }, { instead: slow }, { extent })
    const firstMeasuredMs = Math.min(...phases(records, 'measured').map(({ scheduledMs }) => scheduledMs))
    expect(phases(records, 'warmup')).toHaveLength(12)
    // The warm-up alone takes longer than the time that is measured.
    expect(firstMeasuredMs).toBeGreaterThan(100)
    expect(Math.max(...records.map(({ scheduledMs }) => scheduledMs))).toBeLessThanOrEqual(
      firstMeasuredMs + 100,
    )
  }
})

test('a load is not found to hold while those that will fail are still in flight', async () => {
  // Answers differ more than the machine makes them differ, so that they pass for independent.
  const random = seeded(1)
  const instead: CompletionModel['instead'] = async (reply, request) => {
    await new Promise((resolve) => request % 5 < 4 && setTimeout(resolve, 50 * random.unit()))
    await reply.send(WHOLE)
  }
  const { details } = await run(
    { load: { rate: 500, arrivals: 'constant' }, requestTimeout: '2s' },
    { instead },
    {
      decide: { attainment: 0.9, confidence: 0.95, leastRequests: 200 },
      extent: { requests: 700, durationMs: null, warmupRequests: 0, warmupMs: 0 },
    },
  )
  expect(details.collector.count('met') / details.collector.count('measured')).toBeCloseTo(0.8, 1)
  expect(details.verdict).not.toBe('holds')
})

describe('failed requests', () => {
  test('are counted by outcome, and the outcomes sum to the requests', async () => {
    const kinds = [
      (reply: Parameters<NonNullable<CompletionModel['instead']>>[0]) =>
        reply.send(httpAnswer('503 Busy', 'busy')),
      (reply: Parameters<NonNullable<CompletionModel['instead']>>[0]) =>
        reply.send(httpAnswer('429 Slow', '')),
      async (reply: Parameters<NonNullable<CompletionModel['instead']>>[0]) => {
        await reply.begin()
        await reply.chunk(event({ error: { message: 'no' } }))
        await reply.finish()
      },
    ]
    const instead: CompletionModel['instead'] = (reply, request) => kinds[request % 5]?.(reply) ?? false
    const { measurement, records } = await run(
      { load: { concurrency: 3 } },
      { instead },
      { slo: { ttft: 10_000 } },
    )
    const { ok = 0, http_5xx = 0, http_429 = 0, stream_error = 0 } = measurement.outcomes
    expect(sum(measurement.outcomes)).toBe(measurement.requests)
    expect(ok + http_5xx + http_429 + stream_error).toBe(measurement.requests)
    for (const count of [ok, http_5xx, http_429, stream_error]) expect(count).toBeGreaterThan(0)
    expect(measurement.metrics.error_rate).toBeCloseTo(1 - ok / measurement.requests, 12)
    expect(measurement.metrics.attainment).toBeCloseTo(ok / measurement.requests, 12)
    expect(measurement.metrics.ttft_p99_ms).not.toBeNull()
    expect(measurement.metricsWithFailures.ttft_p99_ms).toBeNull()
    expect(records.every(({ outcome, error }) => (outcome === 'ok') === (error === null))).toBe(true)
  })

  test('alone make figures that are undefined, not an exception', async () => {
    const instead: CompletionModel['instead'] = (reply) => reply.send(httpAnswer('500 Oops', 'oops'))
    const { measurement } = await run({ load: { concurrency: 2 } }, { instead })
    expect(measurement.outcomes).toEqual({ http_5xx: measurement.requests })
    expect(measurement.metrics).toMatchObject({
      error_rate: 1,
      ttft_p50_ms: null,
      output_tokens_per_second: 0,
    })
    expect(measurement.warnings).toContain('no request sent in the window succeeded')
  })

  test('include those that take longer than the timeout', async () => {
    await using server = await scriptedServer((reply) => reply.begin())
    const { measurement } = await runLoad(
      optionsFor(server.baseUrl, { load: { concurrency: 2 }, requestTimeout: '60ms' }),
    )
    expect(measurement.outcomes).toEqual({ timeout_total: measurement.requests })
  })
})

describe('an endpoint that takes no connection', () => {
  test.each([{ concurrency: 4 }, { rate: 200 }])(
    'ends a run with load %j soon, with an error',
    async (load) => {
      const options = optionsFor(await deadBaseUrl(), { load, duration: '10m' })
      await expect(runLoad(options)).rejects.toThrow(EndpointUnreachableError)
    },
  )

  test('from some moment on does not end the run, nor make it spin', async () => {
    const server = await completionServer()
    let ended = false
    const stop = async (live: LiveFigures) => {
      if (live.completed > 0 && !ended) await server[Symbol.asyncDispose]()
      ended = true
    }
    const workload = { load: { concurrency: 2 }, duration: '2s' }
    const { measurement } = await runLoad(
      optionsFor(server.baseUrl, workload, { onProgress: (live) => void stop(live) }),
    )
    expect(measurement.outcomes.ok).toBeGreaterThan(0)
    expect(measurement.outcomes.connect).toBeGreaterThan(0)
    expect(measurement.outcomes.connect).toBeLessThan(100)
  })
})

test('an abort ends the run with its reason and cancels what is in flight', async () => {
  const abort = new AbortController()
  const closed = Promise.withResolvers<void>()
  await using server = await scriptedServer(async (reply) => {
    await reply.begin()
    abort.abort(new Error('enough'))
    await reply.closed
    closed.resolve()
  })
  const options = optionsFor(
    server.baseUrl,
    { load: { concurrency: 2 }, duration: '10m' },
    { signal: abort.signal },
  )
  await expect(runLoad(options)).rejects.toThrow('enough')
  await closed.promise
  await expect(runLoad(options)).rejects.toThrow('enough')
})

test('live figures grow with the run', async () => {
  const live: LiveFigures[] = []
  await run(
    { load: { concurrency: 2 }, duration: '2200ms' },
    {},
    { onProgress: (figures) => live.push(figures) },
  )
  expect(live.length).toBeGreaterThanOrEqual(2)
  const [first, second] = live
  expect(second?.completed).toBeGreaterThan(first?.completed ?? Infinity)
  expect(second?.elapsedMs).toBeGreaterThan(first?.elapsedMs ?? Infinity)
  expect(second?.outputTokensPerSecond).toBeGreaterThan(0)
  expect(second?.ttftP50Ms).toBeGreaterThan(0)
  expect(second).toMatchObject({ failed: 0 })
})

test('live figures have the TTFT of the answers that were streamed', async () => {
  const live: LiveFigures[] = []
  await run(
    { load: { concurrency: 2 }, duration: '1200ms' },
    { instead: (reply, request) => request > 0 && reply.send(WHOLE) },
    { onProgress: (figures) => live.push(figures) },
  )
  expect(live[0]?.completed).toBeGreaterThan(1)
  expect(live[0]?.ttftP50Ms).toBeGreaterThan(0)
})

test('the client sees nothing before a server on an absolute schedule has sent it', async () => {
  await using server = await pacedServer({ firstTokenMs: 40, gapMs: 10 })
  const options = optionsFor(server.baseUrl, {
    load: { concurrency: 4 },
    prompts: { synthetic: { inputTokens: 12, outputTokens: 16 } },
    duration: '1s',
  })
  const { measurement, records } = await runLoad(options)
  const { target, workload } = options
  const plan = { model: target.model, workload, calibration: CALIBRATION, stage: 'run' as const, runSeed: 1 }
  const served = new Map((await server.served()).map((each) => [each.prompt, each.tokensAfterMs]))
  const errors = phases(records, 'measured').map((record) => {
    const truth = served.get(asked(planRequest(plan, record.index).body).text) ?? []
    expect(record.tokenTimesMs).toHaveLength(truth.length)
    return (record.firstTokenMs ?? NaN) - record.sentMs - (truth[0] ?? NaN)
  })
  expect(errors.length).toBeGreaterThan(0)
  // How much later depends on the machine: bench/agreement.ts says it of a quiet one.
  expect(Math.min(...errors)).toBeGreaterThan(0)
  for (const { sentMs, endMs } of phases(records, 'measured')) expect(endMs - sentMs).toBeGreaterThan(180)
  const ideal = (4 * 16) / 0.19
  expect(measurement.metrics.output_tokens_per_second).toBeLessThan(ideal * 1.2)
})
