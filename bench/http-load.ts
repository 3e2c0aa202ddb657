import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'

/** What came of a span of load. */
export interface HttpLoad {
  requests: number
  seconds: number
  latenciesMs: number[]
  bytes: number
}

export interface HttpTarget {
  port: number
  path: string
  /** Returns the path of the next request, where it is not always the same. */
  nextPath?: () => string
  headers?: Record<string, string>
  /** The only status that is taken. */
  status?: number
}

const HEAD_END = '\r\n\r\n'

/** Keeps so many connections busy, each with one request at a time. */
export async function saturate(target: HttpTarget, connections: number, seconds: number): Promise<HttpLoad> {
  const pool = await Promise.all(Array.from({ length: connections }, () => Connection.open(target)))
  const startedMs = performance.now()
  const endMs = startedMs + seconds * 1000
  await Promise.all(
    pool.map(async (connection) => {
      while (performance.now() < endMs) await connection.ask()
    }),
  )
  return finish(pool, startedMs)
}

/** Sends so many requests a second, evenly, over as many connections as it takes. */
export async function pace(target: HttpTarget, perSecond: number, seconds: number): Promise<HttpLoad> {
  const pool: Connection[] = []
  const idle: Connection[] = []
  const pending: Promise<void>[] = []
  const startedMs = performance.now()
  for (let sent = 0; sent < perSecond * seconds; sent++) {
    const waitMs = startedMs + (sent * 1000) / perSecond - performance.now()
    if (waitMs > 0) await setTimeout(waitMs)
    const connection = idle.pop() ?? (await Connection.open(target))
    if (!pool.includes(connection)) pool.push(connection)
    pending.push(connection.ask().then(() => void idle.push(connection)))
  }
  await Promise.all(pending)
  return finish(pool, startedMs)
}

function finish(pool: Connection[], startedMs: number): HttpLoad {
  const seconds = (performance.now() - startedMs) / 1000
  for (const connection of pool) connection.close()
  const latenciesMs = pool.flatMap((connection) => connection.latenciesMs)
  const bytes = pool.reduce((sum, connection) => sum + connection.bytes, 0)
  return { requests: latenciesMs.length, seconds, latenciesMs, bytes }
}

/** A connection that is kept; it reads no more of an answer than where it ends, so that it costs little beside the server. */
class Connection {
  readonly latenciesMs: number[] = []
  bytes = 0
  readonly #socket: Socket
  readonly #request: () => Buffer
  readonly #status: string
  #sentMs = 0
  #head: Buffer | null = null
  #missing = 0
  #done: (() => void) | null = null
  #fail: ((error: Error) => void) | null = null

  static async open(target: HttpTarget): Promise<Connection> {
    const socket = connect({ host: '127.0.0.1', port: target.port, noDelay: true })
    await once(socket, 'connect')
    return new Connection(socket, target)
  }

  constructor(socket: Socket, { path, nextPath, headers = {}, status = 200 }: HttpTarget) {
    this.#socket = socket
    this.#status = `HTTP/1.1 ${status} `
    const lines = Object.entries({ Host: 'localhost', ...headers }).map(
      ([name, value]) => `${name}: ${value}`,
    )
    const request = (where: string) =>
      Buffer.from(`GET ${where} HTTP/1.1\r\n${lines.join('\r\n')}${HEAD_END}`)
    const always = request(path)
    this.#request = nextPath === undefined ? () => always : () => request(nextPath())
    socket.on('data', (bytes) => this.#read(bytes))
    socket.on('close', () => this.#fail?.(new Error('the server closed a connection that was kept')))
    socket.on('error', () => undefined)
  }

  ask(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#done = resolve
      this.#fail = reject
      this.#sentMs = performance.now()
      this.#socket.write(this.#request())
    })
  }

  close(): void {
    this.#fail = null
    this.#socket.destroy()
  }

  #read(bytes: Buffer): void {
    this.bytes += bytes.length
    if (this.#missing > 0) this.#missing -= bytes.length
    else {
      const got = this.#head === null ? bytes : Buffer.concat([this.#head, bytes])
      const end = got.indexOf(HEAD_END)
      if (end < 0) {
        this.#head = got
        return
      }
      this.#head = null
      const head = got.toString('latin1', 0, end)
      if (!head.startsWith(this.#status)) return this.#fail?.(new Error(`answered ${head}`))
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
      this.#missing = end + HEAD_END.length + length - got.length
    }
    if (this.#missing > 0) return
    this.latenciesMs.push(performance.now() - this.#sentMs)
    this.#done?.()
  }
}
