import type { ClientFigures } from '../domain/measurement.ts'
import type { Collector } from './collector.ts'
import type { Window } from './metrics.ts'
import type { PromptCalibration } from './prompts.ts'

/**
 * Requests from which on a percentile has a distribution-free 95 % interval: n >= ln(0.025) / ln(p).
 */
const NEEDED = { p90: 36, p95: 72, p99: 368 }
const MAX_INPUT_DEVIATION = 0.05
const MAX_CACHED_SHARE = 0.05
const MAX_ZERO_GAPS = 0.2
const MAX_LATENESS_P99_MS = 5
/** Of the median TTFT, when that is more than the limit in milliseconds. */
const MAX_LATENESS_SHARE = 0.02
const MAX_RATE_DEVIATION = 0.01
/** Of the window, in which an open loop's answers do not come as fast as its requests go yet. */
const MAX_RAMP_SHARE = 0.01
const MAX_LOOP_DELAY_P99_MS = 10
const MAX_CPU_SHARE = 0.8

export interface RunFacts {
  collector: Collector
  calibration: PromptCalibration
  client: ClientFigures
  /** False when the window had to begin before each stream had finished a request. */
  steady: boolean
  /** The load comes by a clock. */
  open: boolean
  window: Window
  /** Waiting for a cap on concurrency is part of the load. */
  capped?: boolean
  /** The requests ended before the run did. */
  exhausted?: boolean
  drift?: { perCent: number; metric: string }[]
  /** Requests at the start that are unlike the rest, where something drifted. */
  warmUpRequests?: number | null
  /** Requests in flight grew through the window. */
  overloaded?: boolean
}

/** Returns why a run's figures may not be trusted, and whether the load generator rather than the engine was the limit. */
export function warningsOf(facts: RunFacts): { warnings: string[]; clientLimited: boolean } {
  const { collector } = facts
  const successes = collector.count('successes')
  const limits = [...(facts.open ? openLoopLimits(facts) : []), ...clientLimits(facts.client)]
  const warnings = [
    ...fewRequests(successes),
    ...(facts.open ? ramp(facts) : streamsUnready(facts)),
    ...(facts.exhausted === true ? ['the dataset ended before the run did'] : []),
    ...tokenCounting(collector, successes),
    ...lengths(collector, successes, facts.calibration),
    ...caching(collector),
    ...streaming(collector, successes),
    ...(facts.drift ?? []).map(
      ({ metric, perCent }) =>
        `${metric} drifted by ${perCent.toFixed(1)} % over the window: not steady, run longer`,
    ),
    ...((facts.warmUpRequests ?? 0) > 0
      ? [`the first ${facts.warmUpRequests} requests are unlike the rest: give them to a warm-up`]
      : []),
    ...(facts.overloaded === true
      ? [
          'requests in flight grew through the window: overloaded, so latencies depend on the length of the run',
        ]
      : []),
    ...waiting(facts),
    ...limits,
  ]
  return { warnings, clientLimited: limits.length > 0 }
}

function fewRequests(count: number): string[] {
  if (count === 0) return ['no request sent in the window succeeded']
  const missing = Object.entries(NEEDED).filter(([, needed]) => count < needed)
  if (missing.length === 0) return []
  const needs = missing.map(([name, needed]) => `${name} needs ${needed}`).join(', ')
  return [`a 95 % interval takes more successful requests than ${count}: ${needs}`]
}

function streamsUnready({ steady }: RunFacts): string[] {
  return steady
    ? []
    : ['the window began before every stream had finished a request: the load was not steady yet']
}

/** Load begins at once, so that until an answer's time is over fewer end than are sent. */
function ramp({ collector, window: { startMs, endMs } }: RunFacts): string[] {
  const answerMs = collector.samples('e2e').percentile(0.5) ?? 0
  return answerMs - startMs > MAX_RAMP_SHARE * (endMs - startMs)
    ? [
        `the window began after ${seconds(startMs)}, before half of the first answers (${seconds(answerMs)}) were over: throughput and goodput come out too low, give it a warm-up of that`,
      ]
    : []
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}

function tokenCounting(collector: Collector, successes: number): string[] {
  const counted = collector.count('chunks')
  const unknown = collector.count('tokensUnknown')
  return [
    ...(counted > 0
      ? [
          `${counted} of ${successes} answers came without usage: tokens were counted by chunks, a lower bound`,
        ]
      : []),
    ...(unknown > 0 ? [`${unknown} of ${successes} answers say nothing of their tokens`] : []),
  ]
}

function lengths(collector: Collector, successes: number, calibration: PromptCalibration): string[] {
  const compared = collector.count('inputCompared')
  const deviation = compared === 0 ? 0 : collector.count('inputDeviation') / compared
  const otherLength = collector.count('otherOutputLength')
  return [
    ...(calibration.measured || compared > 0
      ? []
      : ['prompt lengths are guesses: no tokenizer endpoint and no usage to go by']),
    ...(deviation > MAX_INPUT_DEVIATION
      ? [`prompts differ from the wanted length by ${percent(deviation)} on average`]
      : []),
    ...(otherLength > 0
      ? [
          `${otherLength} of ${successes} answers are not of the wanted length: does the engine know ignore_eos?`,
        ]
      : []),
  ]
}

function caching(collector: Collector): string[] {
  const input = collector.count('inputTokens')
  const share = input === 0 ? 0 : collector.count('cachedUnwanted') / input
  return share > MAX_CACHED_SHARE
    ? [
        `contaminated: ${percent(share)} of the input tokens came from the engine's prefix cache though no prompt was to be shared`,
      ]
    : []
}

function streaming(collector: Collector, successes: number): string[] {
  const whole = collector.count('notStreamed')
  const gaps = collector.samples('itl').count
  const zeros = collector.count('zeroGaps')
  return [
    ...(whole > 0
      ? [`${whole} of ${successes} answers were not streamed: they have no TTFT and no ITL`]
      : []),
    ...(zeros > gaps * MAX_ZERO_GAPS
      ? [
          `${percent(zeros / gaps)} of the gaps between tokens are zero: a proxy buffers, or the client is saturated`,
        ]
      : []),
  ]
}

function waiting({ collector, capped }: RunFacts): string[] {
  const waits = collector.samples('wait')
  const waited = waits.percentile(0.99) ?? 0
  return capped === true && waited > 1
    ? [`requests waited up to ${waited.toFixed(0)} ms (p99) for the cap on concurrency: see scheduled TTFT`]
    : []
}

function openLoopLimits({ collector, client, capped }: RunFacts): string[] {
  const { latenessP99Ms, rateTarget, rateActual } = client
  const ttft = collector.samples('ttft').percentile(0.5)
  const maxLateness = Math.max(MAX_LATENESS_P99_MS, MAX_LATENESS_SHARE * (ttft ?? 0))
  // A cap holds the rate back, not the client.
  const known = rateTarget !== null && rateActual !== null && capped !== true
  const deviation = known ? rateActual / rateTarget - 1 : 0
  return [
    ...(latenessP99Ms !== null && latenessP99Ms > maxLateness
      ? [`client limited: requests were sent up to ${latenessP99Ms.toFixed(1)} ms (p99) after they were due`]
      : []),
    ...(Math.abs(deviation) > MAX_RATE_DEVIATION
      ? [
          `client limited: it sent ${(rateActual ?? 0).toFixed(2)} requests per second, not the ${(rateTarget ?? 0).toFixed(2)} that were due`,
        ]
      : []),
  ]
}

function clientLimits({ eventLoopDelayP99Ms, cpuShare }: ClientFigures): string[] {
  return [
    ...(eventLoopDelayP99Ms > MAX_LOOP_DELAY_P99_MS
      ? [`client limited: its event loop was ${eventLoopDelayP99Ms.toFixed(1)} ms late (p99)`]
      : []),
    ...(cpuShare > MAX_CPU_SHARE ? [`client limited: it used ${percent(cpuShare)} of a CPU core`] : []),
  ]
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}
