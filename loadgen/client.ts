import { Connection, ConnectError, type Exchange, type Meter, type Timeouts } from './connection.ts'
import { requestBytes, type Endpoint } from './endpoint.ts'
import { ResponseReader } from './response-reader.ts'

/** After `[DONE]`, how long the end of the message may take before its connection is given up. */
const DRAIN_MS = 50
/** So many in a row that took longer, and connections are given up at `[DONE]`: this server leaves messages open. */
const MAX_FAILED_DRAINS = 3
/** After `[DONE]` most messages end at once, so that the next request may wait this long for the connection. */
const END_SOON_MS = 3
/** So many waits in a row in vain, and nobody waits again: this server ends its messages late. */
const MAX_VAIN_WAITS = 3
/** Connections opened at the same time when many are wanted: the backlog of a server is short. */
const OPENED_AT_ONCE = 64
/** Idle connections older than this are not used again: servers close them, often after 5 s. */
const MAX_IDLE_MS = 2_000
/** A connection that was closed while idle shows it at once; a later reset is the server's answer to the request. */
const STALE_WITHIN_MS = 1_000
/** What is asked beside the load is answered with a small part of this. */
export const MAX_SMALL_ANSWER = 8 * 2 ** 20

/** An exchange with how it came to a connection. */
export interface Sent extends Exchange {
  /** The server had closed the idle connection it was first sent on; it was sent again on a new one. */
  staleConnection: boolean
}

/**
 * An HTTP/1.1 client for measuring: requests go out on idle connections, last used first, or on new ones, without
 * a cap. There are no retries, except that a request which finds its reused connection closed by the server is
 * sent once more.
 */
export class Client {
  /** Pieces of bodies that have arrived so far. */
  readonly meter: Meter = { pieces: 0 }
  #endpoint: Endpoint
  readonly #timeouts: Timeouts
  readonly #maxBody: number | undefined
  readonly #all = new Set<Connection>()
  readonly #idle: Connection[] = []
  readonly #draining = new Map<Connection, NodeJS.Timeout>()
  readonly #waiting: ((connection: Connection | null) => void)[] = []
  #failedDrains = 0
  #vainWaits = 0
  #cancelled = false
  /** Idle connections to keep ahead of need. */
  #reserve = 0
  #opening = 0

  /** Answers may have at most `maxBody` bytes; by default as many as come. */
  constructor(endpoint: Endpoint, timeouts: Timeouts, maxBody?: number) {
    this.#endpoint = endpoint
    this.#timeouts = timeouts
    this.#maxBody = maxBody
  }

  /**
   * Opens connections before they are needed, and from then on keeps `reserve` of them ahead, so that no request waits
   * for one. The host's name is looked up once. Rejects with a {@link ConnectError} when not even one comes about.
   */
  async prepare(count: number, reserve: number): Promise<void> {
    const first = await this.#open()
    this.#endpoint = { ...this.#endpoint, host: first.remoteAddress ?? this.#endpoint.host }
    this.#keepIdle(first)
    for (let left = count - 1; left > 0 && !this.#cancelled; left -= OPENED_AT_ONCE)
      await Promise.all(Array.from({ length: Math.min(left, OPENED_AT_ONCE) }, () => this.#openIdle()))
    this.#reserve = reserve
  }

  /** Sends a JSON body to the endpoint; resolves, never rejects, when the answer is over or will not come. */
  async send(body: string): Promise<Sent> {
    const request = requestBytes(this.#endpoint, body)
    const first = await this.#sendOnce(request, false)
    if (!first.stale) return { ...first.exchange, staleConnection: false }
    const second = await this.#sendOnce(request, true)
    return { ...second.exchange, staleConnection: true }
  }

  /** Ends every request under way as cancelled, refuses later ones and closes all connections. */
  cancel(): void {
    this.#cancelled = true
    for (const connection of this.#all) connection.destroy('cancelled')
  }

  async #sendOnce(request: string, fresh: boolean): Promise<{ exchange: Exchange; stale: boolean }> {
    const startedMs = performance.now()
    try {
      const idle = fresh ? undefined : this.#takeIdle()
      const connection = idle ?? (await this.#acquire(fresh))
      const reused = connection.requests > 0
      const connectMs = idle === undefined ? performance.now() - startedMs : 0
      const answered = connection.send(request, this.#timeouts, this.#maxBody)
      this.#topUp()
      const exchange = { ...(await answered), connectMs }
      if (exchange.ending === 'done') this.#drain(connection)
      return { exchange, stale: reused && foundClosed(exchange) }
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error
      const { ending, message } = error
      const endMs = performance.now()
      const reader = new ResponseReader()
      return {
        exchange: { sentMs: startedMs, connectMs: endMs - startedMs, endMs, ending, error: message, reader },
        stale: false,
      }
    }
  }

  async #acquire(fresh: boolean): Promise<Connection> {
    const mayEndSoon = this.#vainWaits < MAX_VAIN_WAITS && this.#waiting.length < this.#draining.size
    return (!fresh && mayEndSoon ? await this.#drained() : null) ?? this.#open()
  }

  /** Resolves with a connection whose message has ended meanwhile, or null where none does soon. */
  #drained(): Promise<Connection | null> {
    return new Promise((resolve) => {
      const waiter = (connection: Connection | null) => {
        clearTimeout(timer)
        resolve(connection)
      }
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1)
        this.#vainWaits += 1
        resolve(null)
      }, END_SOON_MS)
      this.#waiting.push(waiter)
    })
  }

  /** Keeps connections ahead of need; those that fail are left to the request that will need them. */
  #topUp(): void {
    if (this.#idle.length + this.#opening < this.#reserve && !this.#cancelled) void this.#openIdle()
  }

  async #openIdle(): Promise<void> {
    this.#opening += 1
    try {
      this.#keepIdle(await this.#open())
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error
    } finally {
      this.#opening -= 1
    }
  }

  #keepIdle(connection: Connection): void {
    connection.idleSinceMs = performance.now()
    if (!connection.closed) this.#idle.push(connection)
  }

  async #open(): Promise<Connection> {
    if (this.#cancelled) throw new ConnectError('cancelled', 'given up')
    const connection = new Connection(this.#endpoint, this.meter, {
      onIdle: (idle) => {
        this.#endDrain(idle)
        this.#failedDrains = 0
        const waiting = this.#waiting.shift()
        if (waiting === undefined) return void this.#idle.push(idle)
        this.#vainWaits = 0
        waiting(idle)
      },
      onClosed: (closed) => {
        this.#all.delete(closed)
        const index = this.#idle.indexOf(closed)
        if (index !== -1) this.#idle.splice(index, 1)
        this.#endDrain(closed)
        if (this.#waiting.length > this.#draining.size) this.#waiting.shift()?.(null)
      },
    })
    this.#all.add(connection)
    await connection.connected(this.#timeouts.connectMs)
    return connection
  }

  #takeIdle(): Connection | undefined {
    const oldestMs = performance.now() - MAX_IDLE_MS
    while (this.#idle[0] !== undefined && this.#idle[0].idleSinceMs < oldestMs) this.#idle[0].destroy()
    return this.#idle.pop()
  }

  /** Keeps the connection of a stream that said `[DONE]` until its message has ended, which most do at once. */
  #drain(connection: Connection): void {
    if (this.#failedDrains >= MAX_FAILED_DRAINS) return connection.destroy()
    const giveUp = () => {
      this.#failedDrains += 1
      connection.destroy()
    }
    this.#draining.set(connection, setTimeout(giveUp, DRAIN_MS))
  }

  #endDrain(connection: Connection): void {
    clearTimeout(this.#draining.get(connection))
    this.#draining.delete(connection)
  }
}

function foundClosed({ ending, sentMs, endMs, reader }: Exchange): boolean {
  return ending === 'reset' && reader.bytes === 0 && endMs - sentMs < STALE_WITHIN_MS
}
