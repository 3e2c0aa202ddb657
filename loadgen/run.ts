import type { RequestSlo } from '../domain/constraint.ts'
import type { CutLimits, CutShort } from '../domain/cut-short.ts'
import { durationMs } from '../domain/duration.ts'
import type { LiveFigures, Measurement, RequestRecord } from '../domain/measurement.ts'
import type { Workload } from '../domain/workload.ts'
import { SequentialTest, type LevelTest, type LevelVerdict } from '../domain/statistics/sequential.ts'
import { arrivalTimes } from './arrivals.ts'
import { searchCapacity } from './capacity.ts'
import { watchClient, type ClientHealth } from './client-health.ts'
import { Collector, type PackedCollector } from './collector.ts'
import type { Timeouts } from './connection.ts'
import { driveClosedLoop, driveOpenLoop } from './drive.ts'
import type { Target } from './endpoint.ts'
import { Futility, SLICES, type Progress } from './futility.ts'
import { latenciesOf } from './latencies.ts'
import type { Window } from './metrics.ts'
import type { PromptCalibration } from './prompts.ts'
import { seeded } from '../domain/random.ts'
import type { BodyOptions } from './request-body.ts'
import { WHOLE, type RequestSource, type Shard } from './request-source.ts'
import { resultOf, type RunDetails } from './result.ts'
import { Session } from './session.ts'
import { openSource } from './source.ts'
import { alignDown, alignUp } from './time-bins.ts'
import { highestRate } from './threads-for.ts'
import { timeoutsOf } from './timeouts.ts'

const ARRIVALS = 3
/** Connections kept ahead of an open loop's need, for so much time of its arrivals. */
const RESERVE_SECONDS = 0.05
const RESERVE = { min: 8, max: 256 }
/** Expected of a trace, whose rate nobody knows beforehand. */
const TRACE_RATE = 100
/** Between the starts of two streams, where nobody says; all start within the second. */
const STAGGER_MS = 2
const MAX_STAGGER_MS = 1000

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
  /** How much is measured, in place of the workload's warm-up and duration. */
  extent?: RunExtent
  body?: BodyOptions
  /** In place of what the workload's `requestTimeout` gives. */
  timeouts?: Partial<Timeouts>
  /** Keep the time of every event in the records. */
  events?: boolean
  /** Takes each record instead of its being kept for the result. */
  onRecord?: (record: RequestRecord) => void
  /** Ends the run as soon as its requests have decided whether the SLO holds; for one thread. */
  decide?: LevelTest
  /** Ends the window as soon as it is clear that one of these cannot be met; in one thread, without an extent. */
  limits?: CutLimits | undefined
  /** A folder with the model's tokenizer, which counts answers that come without a count. */
  tokenizer?: string
  /** Threads that share the load; only `runLoadInThread` uses more than one. */
  threads?: number
}

/** A run in which every request after the warm-up counts, whether the load is steady yet or not. */
export interface RunExtent {
  /** Measured requests; null for a run by time. */
  requests: number | null
  /** Time after the warm-up in which requests are sent; null for a run by count. */
  durationMs: number | null
  warmupRequests: number
  warmupMs: number
  /** Time over which the streams of a closed loop begin; a little by default. */
  staggerMs?: number | undefined
}

export interface LoadResult {
  measurement: Measurement
  /** Every request in order of its end, those before the window included; none when `onRecord` took them. */
  records: RequestRecord[]
  /** What a report of this run alone shows besides. */
  details: RunDetails
}

/** What one thread has seen of a run. */
export interface ShardResult {
  collector: PackedCollector
  records: RequestRecord[]
  window: Window | null
  health: ClientHealth
  /** The window began after every stream had finished a request. */
  steady: boolean
  warmupRequests: number
  exhausted: boolean
  /** What the requests have decided, when that was asked. */
  verdict: LevelVerdict | null
  cutShort: CutShort | null
}

/**
 * Drives an endpoint with a workload and measures it.
 *
 * Load begins at once. In a closed loop the streams start one after the other over `warmup`; the window opens when
 * that is over and every stream has finished a request, or at the latest one `duration` later. In an open loop it
 * opens when `warmup` is over. It lasts for `duration`. No request is sent after it, and those in flight are let
 * finish, for up to `requestTimeout`, so that slow ones are not left out. What the figures rest on is described
 * at `metricsOf`.
 *
 * With an `extent` every request after its warm-up is measured; the window, on which throughput rests, still begins
 * when every stream has finished a request, and ends with the last request sent.
 *
 * Throws `EndpointUnreachableError` when no connection comes about from the start, `DatasetError` for a dataset that
 * cannot be read, and the signal's reason when aborted. Failed requests do not make it throw.
 */
export async function runLoad(options: RunOptions): Promise<LoadResult> {
  if ('capacity' in options.workload.load) return searchCapacity(options, runLoad)
  return resultOf([await runShard(options, WHOLE, performance.now())], options)
}

/** Does one thread's share of a run that begins at `originMs` of `performance.now()`. */
export async function runShard(options: RunOptions, shard: Shard, originMs: number): Promise<ShardResult> {
  const { target, workload, calibration, runSeed, attempt, body, signal, onProgress, onRecord } = options
  const collector = new Collector(options.slo, calibration.overheadTokens)
  const records: RequestRecord[] = []
  const test = options.decide === undefined ? null : new SequentialTest(options.decide)
  let run: Run | null = null
  let goodRequests = 0
  const { load } = workload
  const cap = 'maxConcurrency' in load ? load.maxConcurrency : undefined
  const { openTokenizer } = options.tokenizer === undefined ? {} : await import('./local-tokenizer.ts')
  const session = new Session({
    target,
    endpoint: workload.endpoint,
    timeouts: { ...timeoutsOf(durationMs(workload.requestTimeout)), ...options.timeouts },
    signal,
    originMs,
    events: options.events,
    countTokens: openTokenizer?.(options.tokenizer ?? ''),
    maxConcurrency: cap === undefined ? undefined : Math.max(1, portion(cap, shard)),
    onSample: (sample) => {
      const met = collector.add(sample)
      if (
        test !== null &&
        sample.record.phase === 'measured' &&
        test.add(met, latencyOf(sample.record)) !== 'open'
      )
        run?.stop()
      if (sample.record.phase === 'measured')
        run?.futility?.addRequest({
          ok: sample.record.outcome === 'ok',
          met,
          latencies: latenciesOf(sample.record),
        })
      if (met) goodRequests += 1
      if (onRecord === undefined) records.push(sample.record)
      else onRecord(sample.record)
    },
  })
  const plan = { model: target.model, workload, calibration, stage: 'run' as const, runSeed, attempt, body }
  const source = openSource(plan, shard)
  try {
    await source.ready?.()
    const running = new Run(session, source, options, shard, () => ({
      outputTokens: session.outputTokens,
      requests: session.completed,
      goodRequests,
    }))
    run = running
    if (onProgress) session.reportLive(onProgress, () => running.totalMs)
    const seen = await running.go()
    session.signal.throwIfAborted()
    session.close()
    return { collector: collector.pack(), records, verdict: test?.verdict ?? null, ...seen }
  } finally {
    source.close?.()
    session.close()
  }
}

/** What tells how alike the requests of a level are: the time to the first token, or to the end without one. */
function latencyOf({ outcome, sentMs, firstTokenMs, endMs }: RequestRecord): number | null {
  return outcome === 'ok' ? (firstTokenMs ?? endMs) - sentMs : null
}

/** Returns how many of n things fall to a thread. */
function portion(n: number, { index, of }: Shard): number {
  return Math.floor((n - index + of - 1) / of)
}

/** The extent of a run that is measured once it is steady. */
const STEADY = null

class Run {
  readonly #session: Session
  readonly #source: RequestSource
  readonly #options: RunOptions
  readonly #shard: Shard
  readonly #extent: RunExtent | typeof STEADY
  readonly #warmupMs: number
  readonly #durationMs: number | null
  readonly #allReady = Promise.withResolvers<void>()
  readonly #streams: number | null
  #ready = 0
  #readyMs: number | null = null
  #warmupLeft: number
  #measuredLeft: number
  #warmupSent = 0
  #lastSentMs = 0
  #firstMeasuredMs: number | null = null
  #window: Window | null = null
  #exhausted = false
  readonly #progress: () => Progress
  /** Watches the window, where that was asked. */
  futility: Futility | null = null

  constructor(
    session: Session,
    source: RequestSource,
    options: RunOptions,
    shard: Shard,
    progress: () => Progress,
  ) {
    const { workload, extent = STEADY } = options
    this.#session = session
    this.#progress = progress
    this.#options = options
    this.#shard = shard
    this.#extent = extent
    this.#warmupMs = alignUp(extent?.warmupMs ?? durationMs(workload.warmup))
    this.#durationMs = extent === STEADY ? durationMs(workload.duration) : extent.durationMs
    this.#warmupLeft = portion(extent?.warmupRequests ?? 0, shard)
    this.#measuredLeft = extent?.requests == null ? Infinity : portion(extent.requests, shard)
    this.#streams = 'concurrency' in workload.load ? portion(workload.load.concurrency, shard) : null
    this.#source = {
      next: () => {
        const next = source.next()
        if (next instanceof Promise) return next.then((request) => this.#noteEnd(request))
        return this.#noteEnd(next)
      },
    }
  }

  /** When the sending will end, as far as is known. */
  get totalMs(): number {
    if (this.#durationMs === null) return 0
    return this.#window?.endMs ?? Math.max(this.#session.now(), this.#warmupMs) + this.#durationMs
  }

  /** Sends nothing more. */
  stop(): void {
    this.#measuredLeft = 0
  }

  async go(): Promise<Omit<ShardResult, 'collector' | 'records' | 'verdict'>> {
    const session = this.#session
    const { load } = this.#options.workload
    const streams = this.#streams
    const rate = highestRate(load) || TRACE_RATE
    const reserve = Math.ceil(Math.min(RESERVE.max, Math.max(RESERVE.min, rate * RESERVE_SECONDS)))
    await session.connect(streams ?? reserve, streams === null ? reserve : 0)
    // The clock of an open loop may have begun while connections were opened; that is the client's lateness.
    const driven = this.#drive()
    const observed = this.#observe(driven)
    const [, health] = await Promise.all([driven, observed])
    if (this.#window === null && streams === null && this.#firstMeasuredMs !== null)
      this.#window = { startMs: alignUp(this.#firstMeasuredMs), endMs: alignDown(this.#lastSentMs) }
    else if (this.#window === null && this.#readyMs !== null)
      this.#window = {
        startMs: alignUp(Math.max(this.#readyMs, this.#firstMeasuredMs ?? 0)),
        endMs: alignDown(this.#lastSentMs),
      }
    return {
      window: this.#window,
      steady: streams === null || this.#ready === streams,
      health,
      warmupRequests: this.#warmupSent,
      exhausted: this.#exhausted,
      cutShort: this.futility?.cut ?? null,
    }
  }

  #drive(): Promise<void> {
    const { workload, runSeed } = this.#options
    const { load, seed } = workload
    const source = this.#source
    if ('capacity' in load) throw new TypeError('a capacity load is searched, not run')
    if (!('concurrency' in load)) {
      const extent = this.#extent
      const times =
        'trace' in load
          ? null
          : arrivalTimes(load, seeded(seed, runSeed, ARRIVALS), {
              durationMs: this.#durationMs === null ? null : this.#warmupMs + this.#durationMs,
              requests: extent?.requests == null ? null : extent.requests + extent.warmupRequests,
            })
      return driveOpenLoop(this.#session, {
        source,
        times: times === null ? null : everyNth(times, this.#shard),
        rate: (highestRate(load) || TRACE_RATE) / this.#shard.of,
        admit: (atMs) => this.#count(atMs, this.#phaseByTime(atMs)),
      })
    }
    const streams = this.#streams ?? 0
    return driveClosedLoop(this.#session, {
      source,
      concurrency: streams,
      staggerMs:
        this.#extent === STEADY
          ? this.#warmupMs
          : (this.#extent.staggerMs ?? Math.min(MAX_STAGGER_MS, streams * STAGGER_MS)),
      admit: (atMs) =>
        this.#count(atMs, this.#extent === STEADY ? this.#phaseOnceSteady(atMs) : this.#phaseByTime(atMs)),
      onStreamReady: () => {
        this.#ready += 1
        if (this.#ready < streams) return
        this.#readyMs = this.#session.now()
        this.#allReady.resolve()
      },
    })
  }

  /** The first request of each stream is sent even when the window has ended by then. */
  #phaseOnceSteady(atMs: number): RequestRecord['phase'] | null {
    if (this.#window === null) return 'warmup'
    if (atMs <= this.#window.endMs && this.#measuredLeft > 0) return 'measured'
    return this.#ready < (this.#streams ?? 0) ? 'warmup' : null
  }

  #phaseByTime(atMs: number): RequestRecord['phase'] | null {
    if (this.#warmupLeft > 0) return 'warmup'
    if (this.#measuredLeft <= 0) return null
    // A run by count begins at once when its warm-up is none, a run by time after its warm-up's last instant.
    if (this.#warmupMs > 0 && atMs <= this.#warmupMs) return 'warmup'
    return this.#durationMs === null || atMs <= this.#warmupMs + this.#durationMs ? 'measured' : null
  }

  #count(atMs: number, phase: RequestRecord['phase'] | null): RequestRecord['phase'] | null {
    if (phase === 'warmup') {
      this.#warmupLeft -= 1
      this.#warmupSent += 1
    } else if (phase === 'measured') {
      this.#measuredLeft -= 1
      this.#firstMeasuredMs ??= atMs
    }
    if (phase !== null) this.#lastSentMs = Math.max(this.#lastSentMs, atMs)
    return phase
  }

  /** Opens the window and watches this thread while it lasts. */
  async #observe(driven: Promise<void>): Promise<ClientHealth> {
    const session = this.#session
    await session.until(this.#warmupMs)
    if (this.#extent !== STEADY) {
      const health = watchClient()
      const end = this.#durationMs === null ? driven : session.until(this.#warmupMs + this.#durationMs)
      await Promise.race([end, driven])
      return health()
    }
    const duration = this.#durationMs ?? 0
    if (this.#streams !== null)
      await Promise.race([this.#allReady.promise, session.until(this.#warmupMs + duration)])
    const startMs = this.#streams === null ? this.#warmupMs : alignUp(session.now())
    this.#window = { startMs, endMs: startMs + alignUp(duration) }
    const health = watchClient()
    const { limits } = this.#options
    if (limits !== undefined && this.#shard.of === 1) await this.#watch(limits, this.#window)
    await session.until(this.#window.endMs)
    return health()
  }

  /** Ends the window when it is clear that a limit cannot be met. */
  async #watch(limits: CutLimits, window: Window): Promise<void> {
    const session = this.#session
    const ofMs = window.endMs - window.startMs
    const futility = new Futility(limits, this.#streams ?? 0, ofMs, this.#progress())
    this.futility = futility
    for (let slice = 1; slice < SLICES && !session.signal.aborted; slice += 1) {
      const dueMs = window.startMs + (slice / SLICES) * ofMs
      // This thread was held up for longer than a slice.
      if (session.now() > dueMs) continue
      await session.until(dueMs)
      futility.addSlice(session.now() - window.startMs, this.#progress())
      if (futility.cut === null) continue
      window.endMs = alignDown(session.now())
      return this.stop()
    }
  }

  #noteEnd<Request>(request: Request): Request {
    if (request === null) this.#exhausted = true
    return request
  }
}

function* everyNth(times: Iterable<number>, { index, of }: Shard): Generator<number> {
  let at = 0
  for (const time of times) {
    if (at % of === index) yield time
    at += 1
  }
}
