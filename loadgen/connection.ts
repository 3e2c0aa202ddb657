import * as net from 'node:net'
import { hasToken } from './answer.ts'
import type { Endpoint } from './endpoint.ts'
import { ResponseReader } from './response-reader.ts'

/** How long to wait, in milliseconds: for a connection; from sending, for a first token, for the next byte, for all. */
export interface Timeouts {
  connectMs: number
  firstTokenMs: number
  idleMs: number
  totalMs: number
}

/**
 * How an exchange ended: the stream said `[DONE]`, the message was complete, the server closed or reset the
 * connection within it, what came was no HTTP, no connection came about, a time was up, or we gave up.
 */
export type Ending =
  | 'done'
  | 'complete'
  | 'closed'
  | 'reset'
  | 'malformed'
  | 'connect'
  | 'timeout_connect'
  | 'timeout_ttft'
  | 'timeout_idle'
  | 'timeout_total'
  | 'cancelled'

/** One request and what came back, undecoded; times are of `performance.now()`. */
export interface Exchange {
  sentMs: number
  /** How long it waited for a new connection. */
  connectMs: number
  endMs: number
  ending: Ending
  error: string | null
  reader: ResponseReader
}

/** Counts the pieces of bodies that arrived, over all connections that share it. */
export interface Meter {
  pieces: number
}

export interface ConnectionOwner {
  /** The connection can carry another request. */
  onIdle: (connection: Connection) => void
  /** The connection is gone. */
  onClosed: (connection: Connection) => void
}

/** Why no connection came about. */
export class ConnectError extends Error {
  readonly ending: Ending
  constructor(ending: Ending, message: string) {
    super(message)
    this.ending = ending
  }
}

/** Where plain connections receive: what came is copied on before the next receives. */
const RECEIVED = Buffer.allocUnsafeSlow(65_536)

/** One connection; it carries one request at a time and stamps what arrives before it looks at it. */
export class Connection {
  /** How many requests it has carried. */
  requests = 0
  /** When it last became idle. */
  idleSinceMs = 0
  readonly #socket: net.Socket
  readonly #connectedEvent: 'connect' | 'secureConnect'
  readonly #meter: Meter
  readonly #owner: ConnectionOwner
  #reader: ResponseReader | null = null
  #settle: ((ending: Ending, error: string | null) => void) | null = null
  #rejectConnect: ((error: ConnectError) => void) | null = null
  #timer: NodeJS.Timeout | undefined
  #sentMs = 0
  #lastByteMs = 0
  #sawToken = false
  #closed = false

  // Passing over the stream's own buffering halves the cost of a packet.
  readonly #onReceived = (length: number): boolean => {
    const atMs = performance.now()
    this.#onData(RECEIVED.subarray(0, length), atMs)
    return true
  }

  /** Begins to connect; {@link connected} settles when that is done. */
  constructor(endpoint: Endpoint, meter: Meter, owner: ConnectionOwner) {
    const { host, port } = endpoint
    this.#meter = meter
    this.#owner = owner
    // Loading TLS takes longer than a plain connection lasts until its first token.
    this.#socket = endpoint.tls
      ? process
          .getBuiltinModule('node:tls')
          .connect({ host, port, ...endpoint.tls, ALPNProtocols: ['http/1.1'] })
      : net.connect({ host, port, onread: { buffer: RECEIVED, callback: this.#onReceived } })
    this.#socket.setNoDelay(true)
    this.#connectedEvent = endpoint.tls ? 'secureConnect' : 'connect'
    if (endpoint.tls) this.#socket.on('data', (bytes: Buffer) => this.#onData(bytes, performance.now()))
    else this.#socket.resume()
    this.#socket.on('end', () => this.#onEnd())
    this.#socket.on('error', (error) => this.#onGone('reset', errorMessage(error)))
    this.#socket.on('close', () => this.#onGone('reset', 'the connection closed'))
  }

  /** The address it is connected to. */
  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Resolves once the connection (TLS included) stands; rejects with a {@link ConnectError}. */
  connected(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.#onGone('timeout_connect', `no connection within ${timeoutMs} ms`),
        timeoutMs,
      )
      this.#rejectConnect = (error) => {
        clearTimeout(timer)
        reject(error)
      }
      this.#socket.once(this.#connectedEvent, () => {
        clearTimeout(timer)
        this.#rejectConnect = null
        resolve()
      })
    })
  }

  /**
   * Sends a whole HTTP request; resolves, never rejects, when the answer is over, will not come, or has more than
   * `maxBody` bytes.
   */
  send(request: string, timeouts: Timeouts, maxBody?: number): Promise<Exchange> {
    const reader = new ResponseReader(maxBody)
    return new Promise((resolve) => {
      this.#reader = reader
      this.requests += 1
      this.#sawToken = false
      const sentMs = performance.now()
      this.#sentMs = sentMs
      this.#lastByteMs = sentMs
      this.#settle = (ending, error) => {
        this.#settle = null
        clearTimeout(this.#timer)
        const stamped = ending === 'done' || ending === 'complete'
        resolve({
          sentMs,
          connectMs: 0,
          endMs: stamped ? this.#lastByteMs : performance.now(),
          ending,
          error,
          reader,
        })
      }
      this.#socket.write(request)
      this.#watch(timeouts)
    })
  }

  /** Gives up: a request under way ends as `ending`. */
  destroy(ending: Ending = 'cancelled'): void {
    this.#onGone(ending, null)
  }

  #onData(bytes: Buffer, atMs: number): void {
    const reader = this.#reader
    if (reader === null) return this.#onGone('reset', null)
    this.#lastByteMs = atMs
    const before = reader.ends.length
    reader.push(bytes, atMs)
    this.#meter.pieces += reader.ends.length - before
    if (reader.malformed !== null) return this.#onGone('malformed', reader.malformed)
    if (reader.complete) {
      this.#reader = null
      const reusable = reader.reusable
      if (reusable) {
        this.idleSinceMs = atMs
        this.#owner.onIdle(this)
      }
      this.#settle?.('complete', null)
      if (!reusable) this.#onGone('cancelled', null)
      return
    }
    if (reader.done) this.#settle?.('done', null)
  }

  #onEnd(): void {
    const reader = this.#reader
    if (reader?.endsWithConnection) return this.#onGone('complete', null)
    const begun = reader !== null && reader.head !== null
    this.#onGone(begun ? 'closed' : 'reset', 'the server closed the connection')
  }

  #onGone(ending: Ending, error: string | null): void {
    if (this.#closed) return
    this.#closed = true
    this.#socket.destroy()
    this.#reader = null
    this.#owner.onClosed(this)
    const failedConnect = ending === 'reset' ? 'connect' : ending
    this.#rejectConnect?.(new ConnectError(failedConnect, error ?? 'given up'))
    this.#rejectConnect = null
    this.#settle?.(ending, error)
  }

  #watch(timeouts: Timeouts): void {
    const now = performance.now()
    const totalAt = this.#sentMs + timeouts.totalMs
    const idleAt = this.#lastByteMs + timeouts.idleMs
    const tokenAt = this.#sentMs + timeouts.firstTokenMs
    if (now >= totalAt) return this.#onGone('timeout_total', `not finished within ${timeouts.totalMs} ms`)
    if (now >= idleAt) return this.#onGone('timeout_idle', `no byte for ${timeouts.idleMs} ms`)
    if (now >= tokenAt && !this.#sawToken) {
      // Comments and empty deltas keep a stream busy without a token, so what came is read here.
      this.#sawToken = this.#reader !== null && hasToken(this.#reader)
      if (!this.#sawToken) return this.#onGone('timeout_ttft', `no token within ${timeouts.firstTokenMs} ms`)
    }
    const next = Math.min(totalAt, idleAt, this.#sawToken ? Infinity : tokenAt)
    this.#timer = setTimeout(() => this.#watch(timeouts), Math.min(Math.max(1, next - now), 2 ** 31 - 1))
  }
}

function errorMessage(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null
  if (error.message === '') return code ?? error.name
  return code === null || error.message.includes(code) ? error.message : `${code}: ${error.message}`
}
