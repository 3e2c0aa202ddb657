import type { RequestSlo } from '../domain/constraint.ts'
import type { RequestRecord } from '../domain/measurement.ts'
import { LATENCY_METRICS, type LatencyName, type Metrics, type StatisticName } from '../domain/metric.ts'
import { ascending, nearestRank, percentileOfSorted } from './percentile.ts'

/** The measured window, in milliseconds since the start of the run; its start is outside it, its end within. */
export interface Window {
  startMs: number
  endMs: number
}

const QUANTILES: Record<Exclude<StatisticName, 'mean'>, number> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 }

/** Latencies of one request in milliseconds; null where undefined. `gaps` are those between token-bearing events. */
export interface RequestLatencies {
  ttft: number | null
  tpot: number | null
  e2e: number
  gaps: number[]
}

/**
 * Returns the latencies of a finished request: TTFT from sending to the first token-bearing event, TPOT
 * (last token - first) / (output tokens - 1) for two tokens and more, E2E from sending to the last token-bearing
 * event (to the end for an answer that was not streamed).
 */
export function latenciesOf(record: RequestRecord): RequestLatencies {
  const { sentMs, firstTokenMs, lastTokenMs, endMs, outputTokens, tokenTimesMs } = record
  const tokens = outputTokens ?? 0
  return {
    ttft: firstTokenMs === null ? null : firstTokenMs - sentMs,
    tpot:
      firstTokenMs === null || lastTokenMs === null || tokens < 2
        ? null
        : (lastTokenMs - firstTokenMs) / (tokens - 1),
    e2e: (lastTokenMs ?? endMs) - sentMs,
    gaps: tokenTimesMs.slice(1).map((at, index) => at - (tokenTimesMs[index] ?? at)),
  }
}

/**
 * Tells whether a request succeeded and met every limit. The limit on `itl` is one on its greatest gap; a
 * one-token answer has no TPOT to miss; an answer that was not streamed has no TTFT and misses a limit on it.
 */
export function meetsSlo(record: RequestRecord, slo: RequestSlo): boolean {
  if (record.outcome !== 'ok') return false
  const { ttft, tpot, e2e, gaps } = latenciesOf(record)
  return (
    (ttft ?? Infinity) <= (slo.ttft ?? Infinity) &&
    (tpot ?? 0) <= (slo.tpot ?? Infinity) &&
    e2e <= (slo.e2e ?? Infinity) &&
    gaps.every((gap) => gap <= (slo.itl ?? Infinity))
  )
}

/** Returns the requests that the latency figures, the outcomes and the error rate rest on: those sent in the window. */
export function measured(records: readonly RequestRecord[]): RequestRecord[] {
  return records.filter(({ phase }) => phase === 'measured')
}

/**
 * Returns the metrics of a run.
 *
 * - Latencies, attainment and error rate rest on the requests sent in the window, however long they took.
 * - Throughput and mean concurrency rest on what happened in the window, whoever sent it: tokens whose event lies
 *   in it (each event of a request counts its share of the request's tokens), requests that ended in it. Failed
 *   requests enter no throughput.
 * - Whole-run throughput rests on the requests sent in the window, from the first send to the last end.
 *
 * In `withFailures` each failed request is infinitely late: one infinite sample of TTFT, TPOT and E2E, and as
 * many infinite gaps as a successful request has on average. Its percentiles are nearest-rank once anything
 * failed; an infinite figure is null.
 */
export function metricsOf(
  records: readonly RequestRecord[],
  window: Window,
  slo: RequestSlo,
): { metrics: Metrics; withFailures: Metrics } {
  const rates = ratesOf(records, window, slo)
  const attempts = measured(records)
  const successes = attempts.filter(({ outcome }) => outcome === 'ok')
  const failures = attempts.length - successes.length
  const latencies = successes.map(latenciesOf)
  const gaps = latencies.flatMap((each) => each.gaps)
  const gapsPerRequest = successes.length === 0 ? 1 : Math.max(1, Math.round(gaps.length / successes.length))
  const samples: Record<LatencyName, Float64Array> = {
    ttft: ascending(latencies.flatMap(({ ttft }) => (ttft === null ? [] : [ttft]))),
    itl: ascending(gaps),
    tpot: ascending(latencies.flatMap(({ tpot }) => (tpot === null ? [] : [tpot]))),
    e2e: ascending(latencies.map(({ e2e }) => e2e)),
  }
  const metrics: Metrics = { ...rates }
  const withFailures: Metrics = { ...rates }
  for (const { name, latency, statistic } of LATENCY_METRICS) {
    const sorted = samples[latency]
    metrics[name] = statistic === 'mean' ? mean(sorted) : percentileOfSorted(sorted, QUANTILES[statistic])
    const infinite = latency === 'itl' ? failures * gapsPerRequest : failures
    withFailures[name] = infinite === 0 ? metrics[name] : lateStatistic(sorted, infinite, statistic)
  }
  return { metrics, withFailures }
}

/** Returns the output tokens in each second of the window, a last part of a second scaled to a whole one. */
export function tokensPerSecondSeries(records: readonly RequestRecord[], window: Window): number[] {
  const seconds = Math.ceil((window.endMs - window.startMs) / 1000)
  const series = new Array<number>(seconds).fill(0)
  for (const [atMs, tokens] of tokenEvents(records, window)) {
    const second = Math.ceil((atMs - window.startMs) / 1000) - 1
    series[second] = (series[second] ?? 0) + tokens
  }
  return series.map((tokens, second) => {
    const lengthMs = Math.min(1000, window.endMs - window.startMs - second * 1000)
    return (tokens * 1000) / lengthMs
  })
}

/** Returns the mean, or null of nothing. */
export function mean(samples: Iterable<number>): number | null {
  let sum = 0
  let count = 0
  for (const sample of samples) {
    sum += sample
    count += 1
  }
  return count === 0 ? null : sum / count
}

function ratesOf(records: readonly RequestRecord[], window: Window, slo: RequestSlo): Metrics {
  const seconds = (window.endMs - window.startMs) / 1000
  const attempts = measured(records)
  const successes = attempts.filter(({ outcome }) => outcome === 'ok')
  const ended = records.filter(({ outcome, endMs }) => outcome === 'ok' && isWithin(endMs, window))
  const windowTokens = tokenEvents(records, window).reduce((sum, [, tokens]) => sum + tokens, 0)
  const busyMs = records.reduce((sum, { sentMs, endMs }) => sum + overlapMs(sentMs, endMs, window), 0)
  return {
    output_tokens_per_second: windowTokens / seconds,
    whole_run_output_tokens_per_second: wholeRunRate(attempts),
    requests_per_second: ended.length / seconds,
    goodput_requests_per_second: ended.filter((record) => meetsSlo(record, slo)).length / seconds,
    attainment: share(attempts.filter((record) => meetsSlo(record, slo)).length, attempts.length),
    error_rate: share(attempts.length - successes.length, attempts.length),
    concurrency_mean: busyMs / (window.endMs - window.startMs),
  }
}

function wholeRunRate(attempts: readonly RequestRecord[]): number | null {
  const firstMs = attempts.reduce((least, { sentMs }) => Math.min(least, sentMs), Infinity)
  const lastMs = attempts.reduce((greatest, { endMs }) => Math.max(greatest, endMs), -Infinity)
  const tokens = attempts.reduce(
    (sum, { outcome, outputTokens }) => sum + (outcome === 'ok' ? (outputTokens ?? 0) : 0),
    0,
  )
  return lastMs > firstMs ? (tokens * 1000) / (lastMs - firstMs) : null
}

/** Returns when tokens came within the window, and how many each time; an answer that was not streamed came at its end. */
function tokenEvents(records: readonly RequestRecord[], window: Window): [atMs: number, tokens: number][] {
  return records.flatMap(({ outcome, tokenTimesMs, outputTokens, endMs }) => {
    if (outcome !== 'ok') return []
    const times = tokenTimesMs.length > 0 ? tokenTimesMs : [endMs]
    const tokens = (outputTokens ?? 0) / times.length
    return times.filter((at) => isWithin(at, window)).map((at): [number, number] => [at, tokens])
  })
}

function isWithin(atMs: number, { startMs, endMs }: Window): boolean {
  return atMs > startMs && atMs <= endMs
}

function overlapMs(fromMs: number, toMs: number, { startMs, endMs }: Window): number {
  return Math.max(0, Math.min(toMs, endMs) - Math.max(fromMs, startMs))
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}

function lateStatistic(sorted: Float64Array, infinite: number, statistic: StatisticName): number | null {
  if (statistic === 'mean') return null
  const value = nearestRank(sorted, infinite, QUANTILES[statistic])
  return value === Infinity ? null : value
}
