import type { RequestRecord } from '../domain/measurement.ts'
import type { Load } from '../domain/workload.ts'
import type { ClientHealth } from './client-health.ts'
import { latenciesOf, mean, type Window } from './metrics.ts'
import { percentile } from './percentile.ts'
import type { PromptCalibration } from './prompts.ts'
import type { Sample } from './session.ts'

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
const MAX_LOOP_DELAY_P99_MS = 10
const MAX_CPU_SHARE = 0.8

export interface RunFacts {
  /** The requests sent in the window. */
  samples: readonly Sample[]
  window: Window
  load: Load
  calibration: PromptCalibration
  health: ClientHealth
  /** False when the window had to begin before each stream had finished a request. */
  steady: boolean
}

/** Returns why a run's figures may not be trusted, and whether the load generator rather than the engine was the limit. */
export function warningsOf(facts: RunFacts): { warnings: string[]; clientLimited: boolean } {
  const successes = facts.samples.filter(({ record }) => record.outcome === 'ok')
  const limits = [...openLoopLimits(facts), ...clientLimits(facts.health)]
  const warnings = [
    ...fewRequests(successes.length),
    ...unsteady(facts),
    ...tokenCounting(successes),
    ...lengths(successes, facts.calibration),
    ...caching(successes, facts.calibration),
    ...streaming(successes),
    ...limits,
  ]
  return { warnings, clientLimited: limits.length > 0 }
}

function fewRequests(count: number): string[] {
  if (count === 0) return ['no request sent in the window succeeded']
  const missing = Object.entries(NEEDED).filter(([, needed]) => count < needed)
  if (missing.length === 0) return []
  const needs = missing.map(([name, needed]) => `${name} needs ${needed}`).join(', ')
  return [`${count} successful requests are too few for a 95 % interval: ${needs}`]
}

function unsteady({ steady }: RunFacts): string[] {
  return steady
    ? []
    : ['the window began before every stream had finished a request: the load was not steady yet']
}

function tokenCounting(successes: readonly Sample[]): string[] {
  const counted = successes.filter(({ record }) => record.tokenSource === 'chunks').length
  const unknown = successes.filter(({ record }) => record.outputTokens === null).length
  return [
    ...(counted > 0
      ? [
          `${counted} of ${successes.length} answers came without usage: tokens were counted by chunks, a lower bound`,
        ]
      : []),
    ...(unknown > 0 ? [`${unknown} of ${successes.length} answers say nothing of their tokens`] : []),
  ]
}

function lengths(successes: readonly Sample[], calibration: PromptCalibration): string[] {
  const deviation = mean(
    successes.flatMap(({ record, wanted }) =>
      record.inputTokens === null ? [] : [Math.abs(record.inputTokens / wanted.inputTokens - 1)],
    ),
  )
  const otherLength = successes.filter(
    ({ record, wanted }) =>
      record.outputTokens !== null &&
      record.tokenSource !== 'chunks' &&
      record.outputTokens !== wanted.outputTokens,
  ).length
  return [
    ...(calibration.measured ? [] : ['prompt lengths are guesses: the endpoint reports no usage']),
    ...(deviation !== null && deviation > MAX_INPUT_DEVIATION
      ? [`prompts differ from the wanted length by ${percent(deviation)} on average`]
      : []),
    ...(otherLength > 0
      ? [
          `${otherLength} of ${successes.length} answers are not of the wanted length: does the engine know ignore_eos?`,
        ]
      : []),
  ]
}

function caching(successes: readonly Sample[], calibration: PromptCalibration): string[] {
  let cached = 0
  let input = 0
  for (const { record } of successes) {
    // The chat template is the same in every request and rightly cached.
    cached += Math.max(0, (record.cachedInputTokens ?? 0) - calibration.overheadTokens)
    input += record.inputTokens ?? 0
  }
  if (input === 0 || cached / input <= MAX_CACHED_SHARE) return []
  return [
    `${percent(cached / input)} of the input tokens came from the engine's prefix cache: it was measured too`,
  ]
}

function streaming(successes: readonly Sample[]): string[] {
  const whole = successes.filter(({ record }) => record.firstTokenMs === null).length
  const gaps = successes.flatMap(({ record }) => latenciesOf(record).gaps)
  const zeros = gaps.filter((gap) => gap === 0).length
  return [
    ...(whole > 0
      ? [`${whole} of ${successes.length} answers were not streamed: they have no TTFT and no ITL`]
      : []),
    ...(zeros > gaps.length * MAX_ZERO_GAPS
      ? [
          `${percent(zeros / gaps.length)} of the gaps between tokens are zero: a proxy buffers, or the client is saturated`,
        ]
      : []),
  ]
}

function openLoopLimits({ samples, window, load }: RunFacts): string[] {
  if (!('rate' in load)) return []
  const lateness = percentile(
    samples.map(({ latenessMs }) => latenessMs),
    0.99,
  )
  const ttft = percentile(
    samples.flatMap(({ record }) => latenciesOf(record).ttft ?? []),
    0.5,
  )
  const maxLateness = Math.max(MAX_LATENESS_P99_MS, MAX_LATENESS_SHARE * (ttft ?? 0))
  const inTime = samples.filter(
    ({ record, latenessMs }) => dispatched(record, latenessMs) <= window.endMs,
  ).length
  const missing = samples.length - inTime
  return [
    ...(lateness !== null && lateness > maxLateness
      ? [`client limited: requests were sent up to ${lateness.toFixed(1)} ms (p99) after they were due`]
      : []),
    ...(missing > Math.max(1, samples.length * MAX_RATE_DEVIATION)
      ? [`client limited: ${missing} of ${samples.length} requests due in the window were sent after it`]
      : []),
  ]
}

function clientLimits({ eventLoopDelayP99Ms, cpuShare }: ClientHealth): string[] {
  return [
    ...(eventLoopDelayP99Ms > MAX_LOOP_DELAY_P99_MS
      ? [`client limited: its event loop was ${eventLoopDelayP99Ms.toFixed(1)} ms late (p99)`]
      : []),
    ...(cpuShare > MAX_CPU_SHARE ? [`client limited: it used ${percent(cpuShare)} of a CPU core`] : []),
  ]
}

function dispatched({ scheduledMs }: RequestRecord, latenessMs: number): number {
  return scheduledMs + latenessMs
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}
