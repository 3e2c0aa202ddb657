import { LATENCY_METRICS, type Metrics, type StatisticName } from '../domain/metric.ts'
import type { Collector } from './collector.ts'
import type { Samples } from './samples.ts'
import { BIN_MS } from './time-bins.ts'

/**
 * The measured window, in milliseconds since the start of the run and multiples of 10; its start is outside it, its
 * end within.
 */
export interface Window {
  startMs: number
  endMs: number
}

/** The quantile that each statistic but the mean is. */
export const QUANTILES: Record<Exclude<StatisticName, 'mean'>, number> = {
  p50: 0.5,
  p90: 0.9,
  p95: 0.95,
  p99: 0.99,
}

/**
 * Returns the metrics of a run.
 *
 * - Latencies, attainment and error rate rest on the measured requests, however long they took.
 * - Throughput and mean concurrency rest on what happened in the window, whoever sent it: tokens whose event lies
 *   in it (each event of a request counts its share of the request's tokens), requests that ended in it. Failed
 *   requests enter no throughput.
 * - Whole-run throughput rests on the measured requests, from the first send to the last end.
 *
 * In `withFailures` each failed request is infinitely late: one infinite sample of TTFT, TPOT and E2E, as many
 * infinite gaps as a successful request has on average, and every deadline missed. Its percentiles are nearest-rank once anything
 * failed; an infinite figure is null.
 */
export function metricsOf(collector: Collector, window: Window): { metrics: Metrics; withFailures: Metrics } {
  const rates = ratesOf(collector, window)
  const { failures } = collector
  const successes = collector.count('successes')
  const itl = collector.samples('itl')
  const perRequest = (gaps: number) => (successes === 0 ? 1 : Math.max(1, Math.round(gaps / successes)))
  const metrics: Metrics = { ...rates }
  const withFailures: Metrics = { ...rates }
  for (const { name, latency, statistic } of LATENCY_METRICS) {
    const own = collector.samples(latency)
    // Where no event came with a count, each is one token.
    const samples = latency === 'normalised_itl' && own.count === 0 ? itl : own
    metrics[name] = statistic === 'mean' ? samples.mean : samples.percentile(QUANTILES[statistic])
    const infinite =
      latency === 'itl' || latency === 'normalised_itl' ? failures * perRequest(samples.count) : failures
    withFailures[name] = infinite === 0 ? metrics[name] : lateStatistic(samples, infinite, statistic)
  }
  const stalls = collector.samples('max_gap')
  metrics.max_gap_p99_ms = stalls.percentile(0.99)
  withFailures.max_gap_p99_ms =
    failures === 0 ? metrics.max_gap_p99_ms : lateStatistic(stalls, failures, 'p99')
  const [fluidity, fluid] = [collector.count('fluidity'), collector.count('fluidityKnown')]
  metrics.fluidity_index = share(fluidity, fluid)
  withFailures.fluidity_index = fluid === 0 ? null : share(fluidity, fluid + failures)
  return { metrics, withFailures }
}

/** Returns the output tokens in each second of the window, a last part of a second scaled to a whole one. */
export function tokensPerSecondSeries({ tokens }: Collector, window: Window): number[] {
  return perSecond(window, (startMs, endMs) => (tokens.sum(startMs, endMs) * 1000) / (endMs - startMs))
}

/** Returns the requests in flight, averaged over each second of the window. */
export function inFlightSeries({ busy }: Collector, window: Window): number[] {
  const spent = busy.spent(Math.round(window.endMs / BIN_MS))
  return perSecond(window, (startMs, endMs) => spent.sum(startMs, endMs) / (endMs - startMs))
}

function perSecond({ startMs, endMs }: Window, value: (startMs: number, endMs: number) => number): number[] {
  const seconds = Math.ceil((endMs - startMs) / 1000)
  return Array.from({ length: seconds }, (_, second) => {
    const fromMs = startMs + second * 1000
    return value(fromMs, Math.min(endMs, fromMs + 1000))
  })
}

function ratesOf(collector: Collector, { startMs, endMs }: Window): Metrics {
  const seconds = (endMs - startMs) / 1000
  const perSecondOf = (amount: number) => (seconds > 0 ? amount / seconds : null)
  const attempts = collector.count('measured')
  const outputTokens = collector.tokens.sum(startMs, endMs)
  const inputTokens = collector.input.sum(startMs, endMs)
  const runMs = collector.lastEndMs - collector.firstSentMs
  return {
    output_tokens_per_second: perSecondOf(outputTokens),
    whole_run_output_tokens_per_second: runMs > 0 ? (collector.count('outputTokens') * 1000) / runMs : null,
    input_tokens_per_second: perSecondOf(inputTokens),
    total_tokens_per_second: perSecondOf(inputTokens + outputTokens),
    requests_per_second: perSecondOf(collector.ended.sum(startMs, endMs)),
    goodput_requests_per_second: perSecondOf(collector.met.sum(startMs, endMs)),
    attainment: share(collector.count('met'), attempts),
    error_rate: share(collector.failures, attempts),
    concurrency_mean: seconds > 0 ? collector.busy.sum(startMs, endMs) / (endMs - startMs) : null,
  }
}

/** Returns a part over the whole; null of nothing. */
export function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}

function lateStatistic(samples: Samples, infinite: number, statistic: StatisticName): number | null {
  if (statistic === 'mean') return null
  const value = samples.percentile(QUANTILES[statistic], infinite)
  return value === Infinity ? null : value
}
