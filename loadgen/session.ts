import { setMaxListeners } from 'node:events'
import { durationMs } from '../domain/duration.ts'
import type { LiveFigures, RequestRecord } from '../domain/measurement.ts'
import { Client, type Sent } from './client.ts'
import { endpointOf, type Target } from './endpoint.ts'
import { EndpointUnreachableError } from './errors.ts'
import { percentile } from './percentile.ts'
import { planRequest, type PlannedRequest, type PromptPlan } from './prompts.ts'
import { recordOf } from './record.ts'
import { sleep } from './sleep.ts'
import { timeoutsOf } from './timeouts.ts'

/** So many requests in a row without a connection, with none before, and the endpoint is taken for dead. */
export const UNREACHABLE_AFTER = 20
const CONNECT_BACKOFF_MS = 50
const LIVE_EVERY_MS = 1_000
const LIVE_TTFT_SAMPLES = 1_000

/** A record with what its request was meant to be. */
export interface Sample {
  record: RequestRecord
  wanted: Pick<PlannedRequest, 'inputTokens' | 'outputTokens'>
  /** From due to being handed to the client, in milliseconds. */
  latenessMs: number
}

interface Finished {
  sent: Sent
  wanted: Sample['wanted']
  phase: RequestRecord['phase']
  index: number
  scheduledMs: number
  dispatchedMs: number
}

/**
 * Sends planned requests and keeps their records. Answers are decoded one at a time between other work, never
 * where one arrives, so that decoding one delays no other's time stamp by more than itself.
 */
export class Session {
  readonly samples: Sample[] = []
  /** Milliseconds of `performance.now()` at which this session began. */
  readonly originMs = performance.now()
  /** Aborted by the caller's signal, or because the endpoint is unreachable. */
  readonly signal: AbortSignal
  inFlight = 0
  readonly #stop = new AbortController()
  readonly #target: Target
  readonly #plan: PromptPlan
  readonly #client: Client
  readonly #finished: Finished[] = []
  #decoding = false
  #nextIndex = 0
  #connected = false
  #connectFailures = 0
  #tokens = 0
  #pieces = 0

  constructor(target: Target, plan: PromptPlan, signal: AbortSignal | undefined) {
    this.#target = target
    this.#plan = plan
    this.#client = new Client(
      endpointOf(target, plan.workload.endpoint),
      timeoutsOf(durationMs(plan.workload.requestTimeout)),
    )
    this.signal = this.#stop.signal
    setMaxListeners(0, this.signal)
    this.signal.addEventListener('abort', () => this.#client.cancel(), { once: true })
    const forward = () => this.#stop.abort(signal?.reason)
    signal?.addEventListener('abort', forward, { once: true, signal: this.signal })
    if (signal?.aborted) forward()
  }

  /** Milliseconds since the session began. */
  now(): number {
    return performance.now() - this.originMs
  }

  /** Waits until so many milliseconds after the session began, or until it is aborted. */
  until(atMs: number): Promise<void> {
    return sleep(atMs - this.now(), this.signal)
  }

  /**
   * Sends the next request, due at `scheduledMs` of the session, and resolves when its answer is over; after a
   * failure to connect it resolves a little later, so that a loop of requests does not spin.
   */
  async send(phase: RequestRecord['phase'], scheduledMs: number): Promise<void> {
    const index = this.#nextIndex
    this.#nextIndex += 1
    const { body, ...wanted } = planRequest(this.#plan, index)
    this.inFlight += 1
    const dispatchedMs = this.now()
    const sent = await this.#client.send(body)
    this.inFlight -= 1
    this.#finished.push({ sent, wanted, phase, index, scheduledMs, dispatchedMs })
    this.#decodeSoon()
    await this.#afterConnecting(sent)
  }

  /** Decodes what is left and closes all connections. Requests under way end as cancelled. */
  close(): void {
    while (this.#finished.length > 0) this.#decodeOne()
    this.#stop.abort()
  }

  /** Calls back about once a second until the session is closed. Tokens in flight are estimated from the pieces that arrived. */
  reportLive(report: (live: LiveFigures) => void, totalMs: () => number): void {
    let lastPieces = 0
    let lastMs = this.now()
    const timer = setInterval(() => {
      const now = this.now()
      const pieces = this.#client.meter.pieces
      const perPiece = this.#pieces > 0 ? this.#tokens / this.#pieces : 1
      const failed = this.samples.filter(({ record }) => record.outcome !== 'ok').length
      report({
        elapsedMs: now,
        totalMs: totalMs(),
        inFlight: this.inFlight,
        completed: this.samples.length - failed,
        failed,
        outputTokensPerSecond: ((pieces - lastPieces) * perPiece * 1000) / (now - lastMs),
        ttftP50Ms: percentile(this.#latestTtfts(), 0.5),
      })
      lastPieces = pieces
      lastMs = now
    }, LIVE_EVERY_MS)
    this.signal.addEventListener('abort', () => clearInterval(timer), { once: true })
  }

  #latestTtfts(): number[] {
    return this.samples.slice(-LIVE_TTFT_SAMPLES).flatMap(({ record }) => {
      const { outcome, firstTokenMs, sentMs } = record
      return outcome === 'ok' && firstTokenMs !== null ? [firstTokenMs - sentMs] : []
    })
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
    if (finished === undefined) return
    const { sent, wanted, phase, index, scheduledMs, dispatchedMs } = finished
    const { originMs } = this
    const record = recordOf(sent, { index, phase, scheduledMs: scheduledMs + originMs, originMs })
    this.samples.push({ record, wanted, latenessMs: dispatchedMs - scheduledMs })
    if (record.outcome !== 'ok') return
    this.#tokens += record.outputTokens ?? 0
    this.#pieces += sent.reader.pieces.length
  }

  async #afterConnecting({ ending, error }: Sent): Promise<void> {
    if (ending === 'cancelled') return
    if (ending !== 'connect' && ending !== 'timeout_connect') {
      this.#connected = true
      return
    }
    this.#connectFailures += 1
    if (!this.#connected && this.#connectFailures >= UNREACHABLE_AFTER) {
      this.#stop.abort(new EndpointUnreachableError(this.#target.baseUrl, error ?? ending))
    }
    await sleep(CONNECT_BACKOFF_MS, this.signal)
  }
}
