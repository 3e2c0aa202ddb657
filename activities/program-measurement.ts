import { Context } from '@temporalio/activity'
import { CancelledFailure } from '@temporalio/common'
import { setTimeout } from 'node:timers/promises'
import { formatDuration } from '../domain/duration.ts'
import type { Measurement } from '../domain/measurement.ts'
import { METRIC_NAMES, MetricName, type Metrics } from '../domain/metric.ts'
import { nearest } from '../domain/nearest.ts'
import { findProgramResult } from '../domain/program-result.ts'
import { objectiveMetrics } from '../domain/tuning.ts'
import { programTimeoutMs } from '../engines/program.ts'
import { whileAlive, type RunningEngine } from './running-engine.ts'

const POLL_MS = 200
/** How long a copy of its log may be behind. */
const KEEP_LOG_EVERY = 5

/**
 * Waits for the end of a program that measures by itself, and reads what it printed last. Its own error, an end without a
 * result and one that takes too long are results of the configuration.
 */
export async function programMeasurement(running: RunningEngine): Promise<Measurement> {
  const { scheduledTimestampMs } = Context.current().info
  await whileAlive(() => programEnd(running, scheduledTimestampMs))
  await running.keepLog({ partialLine: true })
  const result = findProgramResult(await running.logTail())
  if (result !== null && 'error' in result)
    throw await running.failed(result.kind, result.error, 'It is what the program says.')
  const exit = (await running.runtime.find(running.key))?.exit ?? null
  const succeeded = exit?.exitCode === 0
  // An end that nobody saw is a good one when the result was printed.
  if (result !== null && (succeeded || exit === null))
    return measurementOf(running, result.metrics, Date.now() - scheduledTimestampMs)
  if (succeeded)
    throw await running.failed(
      'unknown',
      'the program ended without a result',
      'Its last line must be {"metrics":{...}} or {"error":"..."}.',
    )
  await running.instance()
  throw new Error('the program runs again')
}

async function programEnd(running: RunningEngine, startedMs: number): Promise<void> {
  const { cancellationSignal } = Context.current()
  const timeoutMs = programTimeoutMs(running.spec.engine)
  for (let poll = 0; ; poll++) {
    if (cancellationSignal.aborted) throw new CancelledFailure('cancelled while the program was running')
    if (poll % KEEP_LOG_EVERY === 0) await running.keepLog().catch(() => undefined)
    const instance = await running.runtime.find(running.key)
    if (instance?.running !== true) return
    if (Date.now() - startedMs > timeoutMs)
      throw await running.failed(
        'timeout',
        `the program did not end within ${formatDuration(timeoutMs)}`,
        'Raise engine.timeout, or see the log for what it was doing.',
      )
    await setTimeout(POLL_MS)
  }
}

async function measurementOf(
  running: RunningEngine,
  printed: Record<string, number | null>,
  windowMs: number,
): Promise<Measurement> {
  const missing = objectiveMetrics(running.spec.objective).find(({ metric }) => printed[metric] == null)
  if (missing !== undefined)
    throw await running.failed(
      'unknown',
      `the program printed no ${missing.metric}, which is an objective`,
      `It printed ${Object.keys(printed).join(', ') || 'no figures'}.`,
    )
  const metrics: Metrics = {}
  const warnings: string[] = []
  for (const [name, value] of Object.entries(printed)) {
    const known = MetricName.safeParse(name)
    if (known.success) metrics[known.data] = value
    else warnings.push(`left out: there is no metric "${name}"${nearest(name, METRIC_NAMES)}`)
  }
  return {
    metrics,
    metricsWithFailures: metrics,
    requests: 0,
    outcomes: {},
    windowMs,
    tokenSource: null,
    inputTokensMean: null,
    outputTokensMean: null,
    cachedInputShare: null,
    outputTokensPerSecondSeries: [],
    warnings,
    clientLimited: false,
  }
}
