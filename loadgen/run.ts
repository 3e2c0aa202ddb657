import type { RequestSlo } from '../domain/constraint.ts'
import { durationMs } from '../domain/duration.ts'
import type { LiveFigures, Measurement, Outcome, RequestRecord } from '../domain/measurement.ts'
import type { Workload } from '../domain/workload.ts'
import { watchClient, type ClientHealth } from './client-health.ts'
import { driveClosedLoop, driveOpenLoop } from './drive.ts'
import type { Target } from './endpoint.ts'
import { mean, measured, metricsOf, tokensPerSecondSeries, type Window } from './metrics.ts'
import type { PromptCalibration } from './prompts.ts'
import { seeded } from './random.ts'
import { Session } from './session.ts'
import { warningsOf } from './warnings.ts'

const ARRIVALS = 3

export interface RunOptions {
  target: Target
  workload: Workload
  slo: RequestSlo
  calibration: PromptCalibration
  /** Sets arrivals, lengths and words, with the workload's own seed: runs with other seeds send other prompts. */
  runSeed: number
  /**
   * Sets other words for the same arrivals and lengths; 0 when left out. A run repeated on the same engine needs
   * a new one, or the engine answers it from its prefix cache.
   */
  attempt?: number
  signal?: AbortSignal
  onProgress?: (live: LiveFigures) => void
}

export interface LoadResult {
  measurement: Measurement
  /** Every request in order of its end, those before the window included. */
  records: RequestRecord[]
}

/** The window of a run and how it went. */
interface Observed {
  window: Window
  steady: boolean
  health: ClientHealth
}

/**
 * Drives an endpoint with a workload and measures it.
 *
 * Load begins at once. In a closed loop the streams start one after the other over `warmup`; the window opens when
 * that is over and every stream has finished a request, or at the latest one `duration` later. In an open loop it
 * opens when `warmup` is over. It lasts for `duration`. No request is sent after it, and those in flight are let
 * finish, for up to `requestTimeout`, so that slow ones are not left out. What the figures rest on is described
 * at {@link metricsOf}.
 *
 * Throws `EndpointUnreachableError` when no connection comes about from the start, and the signal's reason when
 * aborted. Failed requests do not make it throw.
 */
export async function runLoad(options: RunOptions): Promise<LoadResult> {
  const { target, workload, calibration, runSeed, signal, onProgress } = options
  const session = new Session(
    target,
    { model: target.model, workload, calibration, stage: 'run', runSeed },
    signal,
  )
  try {
    const run = new Run(session, workload, runSeed)
    if (onProgress) session.reportLive(onProgress, () => run.totalMs)
    const [observed] = await Promise.all([run.observe(), run.drive()])
    session.signal.throwIfAborted()
    session.close()
    return resultOf(session, observed, options)
  } finally {
    session.close()
  }
}

class Run {
  readonly #session: Session
  readonly #workload: Workload
  readonly #runSeed: number
  readonly #warmupMs: number
  readonly #durationMs: number
  readonly #allReady = Promise.withResolvers<void>()
  #ready = 0
  #window: Window | null = null

  constructor(session: Session, workload: Workload, runSeed: number) {
    this.#session = session
    this.#workload = workload
    this.#runSeed = runSeed
    this.#warmupMs = durationMs(workload.warmup)
    this.#durationMs = durationMs(workload.duration)
  }

  /** When the window will end, as far as is known. */
  get totalMs(): number {
    return this.#window?.endMs ?? Math.max(this.#session.now(), this.#warmupMs) + this.#durationMs
  }

  drive(): Promise<void> {
    const { load, seed } = this.#workload
    if ('rate' in load) {
      const random = seeded(seed, this.#runSeed, ARRIVALS)
      const endMs = this.#warmupMs + this.#durationMs
      const phaseAt = (atMs: number) =>
        atMs <= this.#warmupMs ? 'warmup' : atMs <= endMs ? 'measured' : null
      return driveOpenLoop(this.#session, { load, random, phaseAt })
    }
    const { concurrency } = load
    return driveClosedLoop(this.#session, {
      concurrency,
      staggerMs: this.#warmupMs,
      phase: () => {
        if (this.#window === null) return 'warmup'
        return this.#session.now() <= this.#window.endMs ? 'measured' : null
      },
      onStreamReady: () => {
        this.#ready += 1
        if (this.#ready === concurrency) this.#allReady.resolve()
      },
    })
  }

  async observe(): Promise<Observed> {
    const session = this.#session
    const { load } = this.#workload
    const closed = 'concurrency' in load
    await session.until(this.#warmupMs)
    if (closed) await Promise.race([this.#allReady.promise, session.until(this.#warmupMs + this.#durationMs)])
    const startMs = closed ? session.now() : this.#warmupMs
    const window = { startMs, endMs: startMs + this.#durationMs }
    const steady = !closed || this.#ready === load.concurrency
    this.#window = window
    const health = watchClient()
    await session.until(window.endMs)
    return { window, steady, health: health() }
  }
}

function resultOf(session: Session, { window, steady, health }: Observed, options: RunOptions): LoadResult {
  const { workload, slo, calibration } = options
  const records = session.samples.map(({ record }) => record)
  const attempts = measured(records)
  const successes = attempts.filter(({ outcome }) => outcome === 'ok')
  const samples = session.samples.filter(({ record }) => record.phase === 'measured')
  const { metrics, withFailures } = metricsOf(records, window, slo)
  const measurement: Measurement = {
    metrics,
    metricsWithFailures: withFailures,
    requests: attempts.length,
    outcomes: countOutcomes(attempts),
    windowMs: window.endMs - window.startMs,
    tokenSource: commonSource(successes),
    inputTokensMean: mean(successes.flatMap(({ inputTokens }) => inputTokens ?? [])),
    outputTokensMean: mean(successes.flatMap(({ outputTokens }) => outputTokens ?? [])),
    cachedInputShare: cachedShare(successes),
    outputTokensPerSecondSeries: tokensPerSecondSeries(records, window),
    ...warningsOf({ samples, window, load: workload.load, calibration, health, steady }),
  }
  return { measurement, records }
}

/** Returns how many requests had each outcome. */
export function countOutcomes(records: readonly RequestRecord[]): Partial<Record<Outcome, number>> {
  const counts: Partial<Record<Outcome, number>> = {}
  for (const { outcome } of records) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}

function commonSource(successes: readonly RequestRecord[]): Measurement['tokenSource'] {
  const sources = new Set(successes.flatMap(({ tokenSource }) => tokenSource ?? []))
  const [only = null] = sources
  return sources.size > 1 ? 'mixed' : only
}

function cachedShare(successes: readonly RequestRecord[]): number | null {
  const known = successes.filter((record) => record.cachedInputTokens !== null && record.inputTokens !== null)
  const input = known.reduce((sum, { inputTokens }) => sum + (inputTokens ?? 0), 0)
  const cached = known.reduce((sum, { cachedInputTokens }) => sum + (cachedInputTokens ?? 0), 0)
  return input === 0 ? null : cached / input
}
