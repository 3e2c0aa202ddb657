import { describe, expect, test } from 'vitest'
import { latenciesOf, meetsSlo } from './latencies.ts'
import { metricsOf, tokensPerSecondSeries } from './metrics.ts'
import { collected } from './testing/collected.ts'
import { failure, record } from './testing/records.ts'

const WINDOW = { startMs: 1000, endMs: 3000 }
const metrics = (records: ReturnType<typeof record>[], slo = {}) =>
  metricsOf(collected(records, slo), WINDOW).metrics
const withFailures = (records: ReturnType<typeof record>[]) =>
  metricsOf(collected(records, {}), WINDOW).withFailures

describe('latencies of a request', () => {
  test('follow their definitions', () => {
    expect(latenciesOf(record([150, 160, 160, 190], { sentMs: 100, endMs: 250 }))).toEqual({
      ttft: 50,
      scheduledTtft: 150,
      tpot: 40 / 3,
      e2e: 90,
      gaps: [10, 0, 30],
    })
  })

  test('TPOT divides by tokens, not by chunks', () => {
    expect(latenciesOf(record([100, 200], { outputTokens: 11 })).tpot).toBe(10)
  })

  test('one token has no TPOT and no gap', () => {
    expect(latenciesOf(record([100]))).toMatchObject({ ttft: 100, tpot: null, gaps: [] })
  })

  test('an answer that was not streamed has an end and nothing else', () => {
    const whole = record([], { endMs: 500, outputTokens: 20 })
    expect(latenciesOf(whole)).toEqual({ ttft: null, scheduledTtft: null, tpot: null, e2e: 500, gaps: [] })
  })
})

describe('the fluidity index', () => {
  const slo = { ttft: 100, tpot: 10 }
  const index = (...tokens: number[]) => metrics([record(tokens)], slo).fluidity_index

  test('is 1 when every token keeps its deadline', () => {
    expect(index(100, 110, 120, 130)).toBe(1)
  })

  test('lets early tokens leave their time to later ones', () => {
    expect(index(70, 75, 80, 130)).toBe(1)
    expect(index(70, 75, 80, 131)).toBe(3 / 4)
  })

  test('misses every deadline that passed, and counts anew from the late token', () => {
    // The third is due at 120 and comes at 155: those of 120, 130, 140 and 150 are missed.
    expect(index(100, 110, 155, 165)).toBe(3 / 7)
  })

  test('is a failed request’s 0, and nobody’s without both limits', () => {
    const collector = collected([record([100, 110]), failure()], slo)
    expect(metricsOf(collector, WINDOW).withFailures.fluidity_index).toBe(1 / 2)
    expect(metrics([record([100, 110])], { ttft: 100 }).fluidity_index).toBeNull()
  })
})

describe('the SLO of a request', () => {
  const answer = record([50, 60, 100], { outputTokens: 3 })

  test('is met at the limit and missed above it', () => {
    expect(meetsSlo(answer, { ttft: 50, tpot: 25, e2e: 100, itl: 40 })).toBe(true)
    expect(meetsSlo(answer, { ttft: 49 })).toBe(false)
    expect(meetsSlo(answer, { tpot: 24 })).toBe(false)
    expect(meetsSlo(answer, { e2e: 99 })).toBe(false)
  })

  test('is missed by an answer that was not streamed, of which nothing but the end is known', () => {
    const whole = record([], { endMs: 100, outputTokens: 3 })
    for (const limited of ['ttft', 'scheduled_ttft', 'tpot', 'itl', 'max_gap', 'normalised_itl'])
      expect(meetsSlo(whole, { [limited]: 1000 })).toBe(false)
    expect(meetsSlo(whole, { e2e: 100 })).toBe(true)
  })

  test('judges ITL by the greatest gap', () => {
    expect(meetsSlo(answer, { itl: 39 })).toBe(false)
  })

  test('judges stalls by the greatest gap, and normalised ITL by the greatest a token', () => {
    expect(meetsSlo(answer, { max_gap: 40, normalised_itl: 40 })).toBe(true)
    expect(meetsSlo(answer, { max_gap: 39 })).toBe(false)
    expect(meetsSlo(answer, { normalised_itl: 39 })).toBe(false)
    const counted = record([50, 60, 100], { outputTokens: 6, tokenTotals: [1, 2, 6] })
    expect(meetsSlo(counted, { normalised_itl: 10 })).toBe(true)
    expect(meetsSlo(counted, { normalised_itl: 9 })).toBe(false)
  })

  test('is missed by a failed request whatever its times', () => {
    expect(meetsSlo(record([50], { outcome: 'stream_error' }), {})).toBe(false)
  })

  test('has nothing on TPOT to say of one token, but misses a TTFT that does not exist', () => {
    expect(meetsSlo(record([50]), { tpot: 1 })).toBe(true)
    expect(meetsSlo(record([], { endMs: 5 }), { ttft: 1000 })).toBe(false)
  })
})

describe('throughput', () => {
  test('counts the tokens whose event lies in the window, whoever sent the request', () => {
    const records = [
      record([500, 1000, 1001, 2000], { phase: 'warmup' }),
      record([2500, 3000, 3001, 4000], { sentMs: 2000 }),
    ]
    expect(metrics(records).output_tokens_per_second).toBe(2)
  })

  test('gives each event its share of the tokens of a request', () => {
    expect(metrics([record([1500, 3500], { outputTokens: 10 })]).output_tokens_per_second).toBe(2.5)
  })

  test('leaves out failed requests', () => {
    const broken = record([1500, 1600], { outcome: 'truncated' })
    expect(metrics([broken, record([1500])])).toMatchObject({
      output_tokens_per_second: 0.5,
      requests_per_second: 0.5,
    })
  })

  test('counts an answer that was not streamed at its end', () => {
    expect(metrics([record([], { endMs: 2000, outputTokens: 20 })]).output_tokens_per_second).toBe(10)
  })

  test('of requests counts those that ended in the window', () => {
    const records = [record([900]), record([1100], { phase: 'warmup' }), record([2000]), record([3001])]
    expect(metrics(records).requests_per_second).toBe(1)
  })

  test('of the whole run rests on requests sent in the window, from first send to last end', () => {
    const records = [
      record([1500], { phase: 'warmup', outputTokens: 1000 }),
      record([2000], { sentMs: 1000, outputTokens: 30 }),
      record([5000], { sentMs: 2000, outputTokens: 10 }),
    ]
    expect(metrics(records).whole_run_output_tokens_per_second).toBe(10)
  })

  test('by second puts each token into its second and scales a part of a second', () => {
    const window = { startMs: 1000, endMs: 3500 }
    const records = [record([1000, 1001, 2000, 2001, 3000, 3001, 3500, 3501])]
    expect(tokensPerSecondSeries(collected(records, {}), window)).toEqual([2, 2, 4])
  })
})

describe('goodput and errors', () => {
  test('goodput counts good requests that ended in the window, attainment the share of those sent in it', () => {
    const records = [
      record([1100], { phase: 'warmup', sentMs: 1050 }),
      record([1200], { sentMs: 1150 }),
      record([2500], { sentMs: 1150 }),
      record([3100], { sentMs: 2900 }),
      failure({ sentMs: 1500, endMs: 1600 }),
    ]
    expect(metrics(records, { ttft: 100 })).toMatchObject({
      goodput_requests_per_second: 1,
      requests_per_second: 1.5,
      attainment: 0.25,
      error_rate: 0.25,
    })
  })

  test('shares of nothing are undefined', () => {
    expect(metrics([])).toMatchObject({
      attainment: null,
      error_rate: null,
      ttft_p50_ms: null,
      output_tokens_per_second: 0,
    })
  })

  test('mean concurrency weighs each request by its time in the window', () => {
    const records = [
      record([1500], { phase: 'warmup', sentMs: 0 }),
      record([9000], { sentMs: 2000 }),
      failure({ sentMs: 1000, endMs: 1500 }),
    ]
    expect(metrics(records).concurrency_mean).toBe((500 + 1000 + 500) / 2000)
  })
})

describe('latency figures', () => {
  test('rest on successful requests sent in the window, however late they ended', () => {
    const records = [
      record([2], { phase: 'warmup' }),
      ...[15, 20, 35, 40, 50].map((ttft) => record([1000 + ttft, 9000], { sentMs: 1000 })),
      failure(),
    ]
    const figures = metrics(records)
    expect(figures.ttft_p50_ms).toBe(35)
    expect(figures.ttft_p90_ms).toBeCloseTo(46, 9)
    expect(figures.ttft_p99_ms).toBeCloseTo(49.6, 9)
    expect(figures.ttft_mean_ms).toBe(32)
    expect(figures.e2e_p50_ms).toBe(8000)
  })

  test('pool gaps over requests and weigh TPOT by request', () => {
    const records = [record([100, 110, 120, 130]), record([100, 200])]
    expect(metrics(records)).toMatchObject({ itl_p50_ms: 10, itl_mean_ms: 32.5, tpot_mean_ms: 55 })
  })

  test('are the same with failures counted when there are none', () => {
    const { metrics: plain, withFailures: late } = metricsOf(
      collected([record([100, 110]), record([130, 190])], {}),
      WINDOW,
    )
    expect(late).toEqual(plain)
  })

  test('take each failure as infinitely late', () => {
    const records = [...Array.from({ length: 9 }, (_, index) => record([index + 1])), failure()]
    expect(withFailures(records)).toMatchObject({
      ttft_p50_ms: 5,
      ttft_p90_ms: 9,
      ttft_p95_ms: null,
      e2e_p99_ms: null,
      ttft_mean_ms: null,
    })
    expect(metrics(records).ttft_p99_ms).toBeCloseTo(8.92, 9)
  })

  test('take a failure as many infinite gaps as a success has, so that ITL shows it', () => {
    const good = () => record(Array.from({ length: 11 }, (_, index) => index * 10))
    expect(withFailures([good(), good(), good(), failure()])).toMatchObject({
      itl_p50_ms: 10,
      itl_p90_ms: null,
    })
  })

  test('are undefined when everything failed', () => {
    expect(metrics([failure()])).toMatchObject({ ttft_p50_ms: null, error_rate: 1 })
    expect(withFailures([failure()])).toMatchObject({ ttft_p50_ms: null, itl_p50_ms: null, attainment: 0 })
  })
})
