import { setMaxListeners } from 'node:events'
import type { LiveFigures, RequestRecord } from '../domain/measurement.ts'
import type { Workload } from '../domain/workload.ts'
import { Client, type Sent } from './client.ts'
import type { Sample } from './collector.ts'
import { ConnectError, type Timeouts } from './connection.ts'
import { endpointOf, type Target } from './endpoint.ts'
import { EndpointUnreachableError } from './errors.ts'
import { percentile } from '../domain/statistics/percentile.ts'
import { readSent, type RequestContext } from './record.ts'
import type { PlannedRequest } from './request-source.ts'
import { Semaphore } from './semaphore.ts'
import { sleep } from './sleep.ts'

/** So many requests in a row without a connection, with none before, and the endpoint is taken for dead. */
export const UNREACHABLE_AFTER = 20
const CONNECT_BACKOFF_MS = 50
const LIVE_EVERY_MS = 1_000
const LIVE_TTFT_SAMPLES = 1_000

type Phase = RequestRecord['phase']

export interface SessionOptions {
  target: Target
  endpoint: Workload['endpoint']
  timeouts: Timeouts
  signal: AbortSignal | undefined
  /** Told of each request as it is sent. */
  onSend?: ((index: number, phase: Phase) => void) | undefined
  /** Takes each record soon after its request has ended. */
  onSample: (sample: Sample) => void
  /** Keep the time of every event, not only of tokens. */
  events?: boolean | undefined
  /** No more than this in flight. */
  maxConcurrency?: number | undefined
  /** Counts the tokens of answers that come without a count. */
  countTokens?: ((text: string) => number) | undefined
}

/** How a request ended, for the one who asked for it. */
interface Ended {
  endMs: number
  ok: boolean
  text: string
}

interface Finished {
  sent: Sent
  request: PlannedRequest
  context: RequestContext
  latenessMs: number
}

/**
 * Sends requests and has their answers read. Answers are decoded one at a time between other work, never where one
 * arrives, so that decoding one delays no other's time stamp by more than itself.
 */
export class Session {
  /** Milliseconds of `performance.now()` at which this session began: the zero of all times. */
  originMs = performance.now()
  /** Aborted by the caller's signal, or because the endpoint is unreachable. */
  readonly signal: AbortSignal
  inFlight = 0
  completed = 0
  failed = 0
  readonly #stop = new AbortController()
  readonly #options: SessionOptions
  readonly #client: Client
  readonly #cap: Semaphore | null
  readonly #finished: Finished[] = []
  /** The last so many TTFTs, each in place of the oldest. */
  readonly #ttfts: number[] = []
  #streamed = 0
  #decoding = false
  #nextIndex = 0
  #connected = false
  #connectFailures = 0
  #tokens = 0
  #pieces = 0

  constructor(options: SessionOptions) {
    this.#options = options
    this.#client = new Client(endpointOf(options.target, options.endpoint), options.timeouts)
    this.#cap = options.maxConcurrency === undefined ? null : new Semaphore(options.maxConcurrency)
    this.signal = this.#stop.signal
    setMaxListeners(0, this.signal)
    this.signal.addEventListener('abort', () => this.#client.cancel(), { once: true })
    const { signal } = options
    const forward = () => this.#stop.abort(signal?.reason)
    signal?.addEventListener('abort', forward, { once: true, signal: this.signal })
    if (signal?.aborted) forward()
  }

  /** Lets the session begin at this time of `performance.now()`, before anything is sent. */
  begin(originMs: number): void {
    this.originMs = originMs
  }

  /** Milliseconds since the session began. */
  now(): number {
    return performance.now() - this.originMs
  }

  /** Output tokens so far; those of requests in flight are told from the pieces that arrived. */
  get outputTokens(): number {
    return this.#client.meter.pieces * (this.#pieces > 0 ? this.#tokens / this.#pieces : 1)
  }

  /** Waits until so many milliseconds after the session began, or until it is aborted. */
  until(atMs: number): Promise<void> {
    return sleep(atMs - this.now(), this.signal)
  }

  /**
   * Opens connections ahead; throws an {@link EndpointUnreachableError} when not one comes about. Without a
   * session's end in between it may be called once.
   */
  async connect(count: number, reserve: number): Promise<void> {
    try {
      await this.#client.prepare(count, reserve)
      this.#connected = true
    } catch (error) {
      this.signal.throwIfAborted()
      if (!(error instanceof ConnectError)) throw error
      throw new EndpointUnreachableError(this.#options.target.baseUrl, error.message)
    }
  }

  /** Ends the session with an error. */
  fail(error: unknown): void {
    this.#stop.abort(error)
  }

  /**
   * Sends a request, due at `scheduledMs` of the session, and the turns that follow it; `more` is asked before each of
   * those. Resolves when the last answer is over; after a failure to connect a little later, so that a loop of
   * requests does not spin.
   */
  async send(
    request: PlannedRequest,
    phase: Phase,
    scheduledMs: number,
    more: (scheduledMs: number) => Phase | null = () => null,
  ): Promise<void> {
    for (;;) {
      const ended = await this.#sendOne(request, phase, scheduledMs)
      const next = ended.ok ? (request.followUp?.(ended.text) ?? null) : null
      if (next === null || this.signal.aborted) return
      const dueMs = ended.endMs + (next.thinkMs ?? 0)
      if (dueMs > this.now()) await this.until(dueMs)
      const nextPhase = more(dueMs)
      if (nextPhase === null || this.signal.aborted) return
      request = next
      phase = nextPhase
      scheduledMs = dueMs
    }
  }

  async #sendOne(request: PlannedRequest, phase: Phase, scheduledMs: number): Promise<Ended> {
    const index = this.#nextIndex
    this.#nextIndex += 1
    this.#options.onSend?.(index, phase)
    const latenessMs = this.now() - scheduledMs
    if (this.#cap?.full === true) await this.#cap.acquire()
    else this.#cap?.take()
    this.inFlight += 1
    const { originMs } = this
    const context: RequestContext = {
      index,
      phase,
      scheduledMs: scheduledMs + originMs,
      originMs,
      dispatchedMs: performance.now(),
      events: this.#options.events === true,
      ...(request.turn === undefined ? {} : { turn: request.turn }),
    }
    const sent = await this.#client.send(request.body)
    this.inFlight -= 1
    this.#cap?.release()
    const finished = { sent, request, context, latenessMs }
    const endMs = sent.endMs - originMs
    let ended: Ended = { endMs, ok: false, text: '' }
    if (request.followUp !== undefined) ended = { endMs, ...this.#decode(finished, true) }
    else {
      this.#finished.push(finished)
      this.#decodeSoon()
    }
    await this.#afterConnecting(sent)
    return ended
  }

  /** Decodes what is left and closes all connections. Requests under way end as cancelled. */
  close(): void {
    this.decodeAll()
    this.#stop.abort()
  }

  /** Decodes what is left. */
  decodeAll(): void {
    while (this.#finished.length > 0) this.#decodeOne()
  }

  /** Calls back about once a second until the session is closed. Tokens in flight are estimated from the pieces that arrived. */
  reportLive(report: (live: LiveFigures) => void, totalMs: () => number): void {
    let lastPieces = 0
    let lastMs = this.now()
    const timer = setInterval(() => {
      const now = this.now()
      const pieces = this.#client.meter.pieces
      const perPiece = this.#pieces > 0 ? this.#tokens / this.#pieces : 1
      report({
        elapsedMs: now,
        totalMs: totalMs(),
        inFlight: this.inFlight,
        completed: this.completed,
        failed: this.failed,
        outputTokensPerSecond: ((pieces - lastPieces) * perPiece * 1000) / (now - lastMs),
        ttftP50Ms: percentile(this.#ttfts, 0.5),
      })
      lastPieces = pieces
      lastMs = now
    }, LIVE_EVERY_MS)
    this.signal.addEventListener('abort', () => clearInterval(timer), { once: true })
  }

  #decodeSoon(): void {
    if (this.#decoding) return
    this.#decoding = true
    setImmediate(() => {
      this.#decoding = false
      this.#decodeOne()
      if (this.#finished.length > 0) this.#decodeSoon()
    })
  }

  #decodeOne(): void {
    const finished = this.#finished.shift()
    if (finished !== undefined) this.#decode(finished, false)
  }

  #decode({ sent, request, context, latenessMs }: Finished, text: boolean): { ok: boolean; text: string } {
    const read = readSent(sent, context, { text, countTokens: this.#options.countTokens })
    const { record } = read
    const { inputTokens, outputTokens, sharedTokens } = request
    const wanted = { inputTokens, outputTokens, ...(sharedTokens === undefined ? {} : { sharedTokens }) }
    this.#options.onSample({ record, wanted, latenessMs })
    const ok = record.outcome === 'ok'
    if (!ok) this.failed += 1
    else {
      this.completed += 1
      this.#tokens += record.outputTokens ?? 0
      this.#pieces += sent.reader.ends.length
      if (record.firstTokenMs !== null) {
        this.#ttfts[this.#streamed % LIVE_TTFT_SAMPLES] = record.firstTokenMs - record.sentMs
        this.#streamed += 1
      }
    }
    return { ok, text: read.text }
  }

  async #afterConnecting({ ending, error }: Sent): Promise<void> {
    if (ending === 'cancelled') return
    if (ending !== 'connect' && ending !== 'timeout_connect') {
      this.#connected = true
      return
    }
    this.#connectFailures += 1
    if (!this.#connected && this.#connectFailures >= UNREACHABLE_AFTER) {
      this.fail(new EndpointUnreachableError(this.#options.target.baseUrl, error ?? ending))
    }
    await sleep(CONNECT_BACKOFF_MS, this.signal)
  }
}
