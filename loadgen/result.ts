import type { ClientFigures, Measurement, Outcome, RequestRecord } from '../domain/measurement.ts'
import type { LevelVerdict } from '../domain/statistics/sequential.ts'
import { Collector, LATENCIES, recordOf, type Latency } from './collector.ts'
import { intervalsOf, trendsOf } from './intervals.ts'
import { inFlightSeries, metricsOf, share, tokensPerSecondSeries, type Window } from './metrics.ts'
import type { RunOptions, ShardResult } from './run-options.ts'
import { alignDown, alignUp } from './time-bins.ts'
import { warningsOf } from './warnings.ts'

/** So many requests before an actual rate is told from a wanted one. */
const RATE_FROM = 50
/** A window shorter than this says nothing of throughput. */
const LEAST_WINDOW_MS = 100

export interface LoadResult {
  measurement: Measurement
  /** Every request in order of its end, those before the window included; none when `onRecord` took them. */
  records: RequestRecord[]
  /** What a report of this run alone shows besides. */
  details: RunDetails
}

/** What a report of one run shows besides its measurement. */
export interface RunDetails {
  warmupRequests: number
  window: Window
  /** False when the window could not begin after every stream had finished a request. */
  steady: boolean
  inputTokens: number
  outputTokens: number
  reasoningTokens: number
  cachedInputTokens: number
  missingDone: number
  durationMs: number
  latencies: Record<Latency, LatencyDetails>
  /** What the figures rest on. */
  collector: Collector
  verdict: LevelVerdict | null
}

export interface LatencyDetails {
  count: number
  mean: number | null
  p50: number | null
  p90: number | null
  p95: number | null
  p99: number | null
  max: number | null
}

/** Merges what the threads of a run have seen and computes its figures. */
export function resultOf(shards: readonly ShardResult[], options: RunOptions): LoadResult {
  const { workload, slo, calibration } = options
  const collector = new Collector(slo, calibration.overheadTokens)
  for (const shard of shards) collector.merge(shard.collector)
  const { window, steady } = windowOf(shards, collector)
  const { metrics, withFailures } = metricsOf(collector, window)
  const open = !('concurrency' in workload.load)
  const client = clientFigures(shards, collector, open)
  const rows = collector.requestRows()
  const tokensSeries = tokensPerSecondSeries(collector, window)
  const inFlight = inFlightSeries(collector, window)
  const { drift, growing, warmUpRequests } = trendsOf(rows, tokensSeries, inFlight)
  const measurement: Measurement = {
    metrics,
    metricsWithFailures: withFailures,
    requests: collector.count('measured'),
    outcomes: collector.outcomes,
    windowMs: window.endMs - window.startMs,
    tokenSource: commonSource(collector),
    inputTokensMean: share(collector.count('inputTokens'), collector.count('inputKnown')),
    outputTokensMean: share(collector.count('outputTokens'), collector.count('outputKnown')),
    cachedInputShare: share(collector.count('cachedTokens'), collector.count('cachedOf')),
    outputTokensPerSecondSeries: tokensSeries,
    inFlightSeries: inFlight,
    distributions: distributionsOf(collector),
    intervals: intervalsOf(collector, window, rows),
    wastedTokens: collector.count('wastedTokens'),
    client,
    ...(shards[0]?.cutShort ? { cutShort: shards[0].cutShort } : {}),
    ...warningsOf({
      collector,
      calibration,
      client,
      steady,
      open,
      window,
      capped: 'maxConcurrency' in workload.load && workload.load.maxConcurrency !== undefined,
      exhausted: shards.some(({ exhausted }) => exhausted),
      drift,
      warmUpRequests: warmUpRequests === null ? null : warmUpRequests * collector.rows.stride,
      overloaded: open && growing,
    }),
  }
  return {
    measurement,
    records: shards.flatMap(({ records }) => records),
    details: detailsOf(shards, collector, window, steady),
  }
}

function distributionsOf(collector: Collector): Measurement['distributions'] {
  const percentiles = (name: 'ttft' | 'itl') => {
    const samples = collector.samples(name)
    if (samples.count === 0) return {}
    return {
      [name]: Array.from({ length: 101 }, (_, per) => significant(samples.percentile(per / 100) ?? 0)),
    }
  }
  return { ...percentiles('ttft'), ...percentiles('itl') }
}

/** Four digits, which is more than a picture shows. */
function significant(value: number): number {
  return Number(value.toPrecision(4))
}

/** The window that all threads share; the whole of the run when it was too short to have a steady part. */
function windowOf(shards: readonly ShardResult[], collector: Collector): { window: Window; steady: boolean } {
  const windows = shards.flatMap(({ window }) => window ?? [])
  const least = Math.max(LEAST_WINDOW_MS, collector.samples('e2e').percentile(0.5) ?? 0)
  const whole = {
    startMs: alignDown(Math.min(collector.firstSentMs, collector.lastEndMs)),
    endMs: alignUp(collector.lastEndMs),
  }
  if (windows.length === shards.length) {
    const window = {
      startMs: windows.reduce((latest, { startMs }) => Math.max(latest, startMs), 0),
      endMs: windows.reduce((first, { endMs }) => Math.min(first, endMs), Infinity),
    }
    const lengthMs = window.endMs - window.startMs
    // Where the first answer came after the last request was sent, there is no window at all.
    if (lengthMs >= least || (lengthMs > 0 && !Number.isFinite(whole.endMs)))
      return { window, steady: shards.every(({ steady }) => steady) }
  }
  return { window: Number.isFinite(whole.endMs) ? whole : { startMs: 0, endMs: 10 }, steady: false }
}

function clientFigures(shards: readonly ShardResult[], collector: Collector, open: boolean): ClientFigures {
  const gaps = collector.count('measured') - 1
  const rate = (fromMs: number, toMs: number) => (toMs > fromMs ? (gaps * 1000) / (toMs - fromMs) : null)
  const known = open && gaps >= RATE_FROM
  return {
    latenessP99Ms: open ? collector.samples('lateness').percentile(0.99) : null,
    rateTarget: known ? rate(collector.firstDueMs, collector.lastDueMs) : null,
    rateActual: known ? rate(collector.firstSentMs, collector.lastSentMs) : null,
    eventLoopDelayP99Ms: Math.max(...shards.map(({ health }) => health.eventLoopDelayP99Ms)),
    cpuShare: Math.max(...shards.map(({ health }) => health.cpuShare)),
    threads: shards.length,
    connectP50Ms: collector.samples('connect').percentile(0.5),
    staleConnections: collector.count('stale'),
  }
}

function detailsOf(
  shards: readonly ShardResult[],
  collector: Collector,
  window: Window,
  steady: boolean,
): RunDetails {
  const latency = (name: Latency): LatencyDetails => {
    const samples = collector.samples(name)
    return {
      count: samples.count,
      mean: samples.mean,
      p50: samples.percentile(0.5),
      p90: samples.percentile(0.9),
      p95: samples.percentile(0.95),
      p99: samples.percentile(0.99),
      max: samples.percentile(1),
    }
  }
  return {
    warmupRequests: shards.reduce((sum, shard) => sum + shard.warmupRequests, 0),
    window,
    steady,
    inputTokens: collector.count('inputTokens'),
    outputTokens: collector.count('outputTokens'),
    reasoningTokens: collector.count('reasoningTokens'),
    cachedInputTokens: collector.count('cachedTokens'),
    missingDone: collector.count('missingDone'),
    durationMs: Math.max(0, collector.lastEndMs - collector.firstSentMs),
    latencies: recordOf(LATENCIES, latency),
    collector,
    verdict: shards[0]?.verdict ?? null,
  }
}

/** Returns how many requests had each outcome. */
export function countOutcomes(records: readonly RequestRecord[]): Partial<Record<Outcome, number>> {
  const counts: Partial<Record<Outcome, number>> = {}
  for (const { outcome } of records) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}

function commonSource(collector: Collector): Measurement['tokenSource'] {
  const sources = (['usage', 'timings', 'tokenizer', 'chunks'] as const).filter(
    (source) => collector.count(source) > 0,
  )
  const [only = null] = sources
  return sources.length > 1 ? 'mixed' : only
}
