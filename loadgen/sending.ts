import { arrivalSource, arrivalTimes } from '../domain/arrivals.ts'
import { durationMs } from '../domain/duration.ts'
import type { CutLimits } from '../domain/cut-short.ts'
import type { RequestRecord } from '../domain/measurement.ts'
import { watchClient, type ClientHealth } from './client-health.ts'
import { driveClosedLoop, driveOpenLoop } from './drive.ts'
import { Futility, SLICES, type Progress } from './futility.ts'
import type { Window } from './metrics.ts'
import { portion, type RequestSource, type Shard } from './request-source.ts'
import type { RunExtent, RunOptions, ShardResult } from './run-options.ts'
import type { Session } from './session.ts'
import { highestRate } from './threads-for.ts'
import { alignDown, alignUp } from './time-bins.ts'

/** Connections kept ahead of an open loop's need, for so much time of its arrivals. */
const RESERVE_SECONDS = 0.05
const RESERVE = { min: 8, max: 256 }
/** Expected of a trace, whose rate nobody knows beforehand. */
const TRACE_RATE = 100
/** Between the starts of two streams, where nobody says; all start within the second. */
const STAGGER_MS = 2
const MAX_STAGGER_MS = 1000

/** The extent of a run that is measured once it is steady. */
const STEADY = null

/** Sends what falls to one thread of a run, and says which requests are measured and how long the window is. */
export class Sending {
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
  readonly #measuring = Promise.withResolvers<void>()
  #window: Window | null = null
  /** Every stream had finished a request when the window opened. */
  #steady = true
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
    if (this.#window !== null) return this.#window.endMs
    const soonestMs = Math.max(this.#session.now(), this.#warmupMs)
    return (this.#extent === STEADY ? soonestMs : (this.#beganMs ?? soonestMs)) + this.#durationMs
  }

  /** When the time began in which requests are measured: after a warm-up by time at its end, after one by count with the first of them. */
  get #beganMs(): number | null {
    return (this.#extent?.warmupRequests ?? 0) > 0 ? this.#firstMeasuredMs : this.#warmupMs
  }

  /** Sends nothing more. */
  stop(): void {
    this.#warmupLeft = 0
    this.#measuredLeft = 0
  }

  /** Opens the connections that the first requests need; throws an `EndpointUnreachableError` when not one comes about. */
  async connect(): Promise<void> {
    const streams = this.#streams
    const rate = highestRate(this.#options.workload.load) || TRACE_RATE
    const reserve = Math.ceil(Math.min(RESERVE.max, Math.max(RESERVE.min, rate * RESERVE_SECONDS)))
    await this.#session.connect(streams ?? reserve, streams === null ? reserve : 0)
  }

  async go(): Promise<Omit<ShardResult, 'collector' | 'records' | 'verdict'>> {
    const streams = this.#streams
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
      steady: this.#steady,
      health,
      warmupRequests: this.#warmupSent,
      exhausted: this.#exhausted,
      cutShort: this.futility?.cut ?? null,
    }
  }

  #drive(): Promise<void> {
    const { workload, runSeed } = this.#options
    const { load } = workload
    const source = this.#source
    if ('capacity' in load) throw new TypeError('a capacity load is searched, not run')
    if (!('concurrency' in load)) {
      const extent = this.#extent
      const times =
        'trace' in load
          ? null
          : arrivalTimes(load, arrivalSource(workload, runSeed), {
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
    const beganMs = this.#beganMs ?? atMs
    return this.#durationMs === null || atMs <= beganMs + this.#durationMs ? 'measured' : null
  }

  #count(atMs: number, phase: RequestRecord['phase'] | null): RequestRecord['phase'] | null {
    if (phase === 'warmup') {
      this.#warmupLeft -= 1
      this.#warmupSent += 1
    } else if (phase === 'measured') {
      this.#measuredLeft -= 1
      this.#firstMeasuredMs ??= atMs
      this.#measuring.resolve()
    }
    if (phase !== null) this.#lastSentMs = Math.max(this.#lastSentMs, atMs)
    return phase
  }

  /** Opens the window and watches this thread while it lasts. */
  async #observe(driven: Promise<void>): Promise<ClientHealth> {
    const session = this.#session
    await Promise.race([session.until(this.#warmupMs), driven])
    if (this.#extent !== STEADY) {
      if (this.#extent.warmupRequests > 0) await Promise.race([this.#measuring.promise, driven])
      const health = watchClient()
      const end = this.#durationMs === null ? driven : session.until((this.#beganMs ?? 0) + this.#durationMs)
      await Promise.race([end, driven])
      return health()
    }
    const duration = this.#durationMs ?? 0
    if (this.#streams !== null)
      await Promise.race([this.#allReady.promise, session.until(this.#warmupMs + duration)])
    this.#steady = this.#streams === null || this.#ready === this.#streams
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
    const futility = new Futility(limits, this.#streams, ofMs, this.#progress())
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
