import { setTimeout } from 'node:timers/promises'
import { disturbancesOf } from '../domain/disturbance.ts'
import { joulesOf } from '../domain/energy.ts'
import type { MachineRecord } from '../domain/machine-record.ts'
import { clientCounters, crossCheck, type ClientCounters, type ServerCheck } from '../domain/server-check.ts'
import type { CounterNames } from '../engines/engine.ts'
import type { MetricSums } from '../engines/prometheus-text.ts'
import { countersBetween } from '../engines/server-metrics.ts'
import type { LoadResult } from '../loadgen/result.ts'
import type { MachineWatched } from '../runtimes/machine-watch.ts'

/** An engine may count a request a moment after its last byte: its counters are read again so often, so far apart. */
const SETTLE = { readings: 4, everyMs: 250 }

type Figures = Pick<LoadResult, 'measurement' | 'records'>

export interface MeasuringOptions<Result extends Figures = Figures> {
  /** Measures; `repeat` is 0 the first time. */
  run: (repeat: number) => Promise<Result>
  /** Watches the machine until the returned function is called. */
  watch: () => () => MachineWatched
  /** The engine's counters; null when it has none. */
  counters: { names: CounterNames; read: () => Promise<MetricSums | null> } | null
  /** Whether a measurement that took `lastMs` may be repeated for the `repeat`-th time. */
  mayRepeat: (repeat: number, lastMs: number) => boolean
  onRepeat: (reason: string) => Promise<void>
}

/** A measurement with the circumstances in which it was taken. */
export interface Measured<Result extends Figures = Figures> {
  result: Result
  machine: MachineRecord | null
  server: ServerCheck | null
  /** Something outside disturbed it, or the load generator was the limit. */
  disturbed: boolean
  /** Why the measurements before it were repeated. */
  repeats: string[]
}

type Tried<Result extends Figures> = Omit<Measured<Result>, 'repeats'> & { reasons: string[] }

/**
 * Measures, and measures again while something outside disturbed it or the load generator was the limit, as far as
 * that is allowed. When every measurement was disturbed, one in which the load generator was not the limit counts,
 * else the last; it says so in its warnings. One in which no request succeeded is not repeated.
 */
export async function measureUndisturbed<Result extends Figures>(
  options: MeasuringOptions<Result>,
): Promise<Measured<Result>> {
  const repeats: string[] = []
  let kept: Tried<Result> | null = null
  for (;;) {
    const startedMs = performance.now()
    const tried = await measureOnce(options, repeats.length)
    if (kept === null || badness(tried) <= badness(kept)) kept = tried
    const failed = tried.result.measurement.outcomes.ok === undefined
    const took = performance.now() - startedMs
    if (failed || !tried.disturbed || !options.mayRepeat(repeats.length + 1, took))
      return { ...kept, repeats }
    const reason = tried.reasons.join('; ')
    repeats.push(reason)
    await options.onRepeat(reason)
  }
}

function badness({ disturbed, result }: Tried<Figures>): number {
  if (result.measurement.outcomes.ok === undefined) return 3
  return result.measurement.clientLimited ? 2 : disturbed ? 1 : 0
}

async function measureOnce<Result extends Figures>(
  options: MeasuringOptions<Result>,
  repeat: number,
): Promise<Tried<Result>> {
  const { counters } = options
  const before = counters === null ? null : await counters.read()
  const stop = options.watch()
  try {
    const result = await options.run(repeat)
    const { measurement } = result
    const { samples, record } = stop()
    const client = clientCounters(result.records)
    const server = counters === null || before === null ? null : await checkCounts(counters, before, client)
    const disturbances = disturbancesOf(samples)
    const joules = joulesOf(samples)
    const tokens = client.outputTokens ?? 0
    const energy = joules === null || tokens === 0 ? {} : { joules_per_output_token: joules / tokens }
    const metrics = { ...measurement.metrics, ...energy }
    const metricsWithFailures = { ...measurement.metricsWithFailures, ...energy }
    const limits = measurement.warnings.filter((warning) => warning.startsWith('client limited'))
    const warnings = [
      ...measurement.warnings,
      ...(server?.warnings ?? []),
      ...disturbances.map((text) => `disturbed: ${text}`),
    ]
    return {
      result: {
        ...result,
        measurement: {
          ...measurement,
          metrics,
          metricsWithFailures,
          warnings,
          disturbed: disturbances.length > 0,
        },
      },
      machine: record,
      server,
      disturbed: disturbances.length > 0 || measurement.clientLimited,
      reasons: [...disturbances, ...limits],
    }
  } finally {
    stop()
  }
}

/** Null when the engine stopped telling its counters. */
async function checkCounts(
  { names, read }: NonNullable<MeasuringOptions['counters']>,
  before: MetricSums,
  client: ClientCounters,
): Promise<ServerCheck | null> {
  let check: ServerCheck | null = null
  for (let reading = 0; reading < SETTLE.readings; reading++) {
    if (reading > 0) await setTimeout(SETTLE.everyMs)
    const after = await read()
    if (after === null) return check
    check = crossCheck(countersBetween(names, before, after), client)
    if (check.warnings.length === 0) return check
  }
  return check
}
