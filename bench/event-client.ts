import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { HttpTarget } from './http-load.ts'

const EVENT = /\nid: (\d+)\r?\ndata: ([^\r\n]*)\r?\n/g

/** Follows a stream of events by as little as tells them apart, so that thousands cost little beside the server. */
export class EventClient {
  readonly #socket: Socket
  readonly #onEvent: (seq: number, data: string) => void
  /** What came after the last whole event. */
  #rest = ''
  /** Whether the other end has closed the stream. */
  closed = false

  /** Opens a stream and waits until it is answered. */
  static async open(
    { port, path, headers = {} }: HttpTarget,
    onEvent: (seq: number, data: string) => void,
  ): Promise<EventClient> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    const lines = Object.entries({ Host: 'localhost', ...headers }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    )
    socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
    const client = new EventClient(socket, onEvent)
    const [first]: unknown[] = await once(socket, 'data')
    if (!String(first).startsWith('HTTP/1.1 200 ')) throw new Error(`no stream at ${path}: ${String(first)}`)
    return client
  }

  constructor(socket: Socket, onEvent: (seq: number, data: string) => void) {
    this.#socket = socket
    this.#onEvent = onEvent
    socket.setEncoding('latin1').on('data', (text: string) => this.#read(text))
    socket.on('close', () => (this.closed = true)).on('error', () => undefined)
  }

  /** Reads no more, so that the server has to keep what it sends. */
  pause(): void {
    this.#socket.pause()
  }

  /** Reads what is there until the server has closed the stream. */
  async readToEnd(): Promise<void> {
    this.#socket.resume()
    if (!this.closed) await once(this.#socket, 'close')
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(text: string): void {
    this.#rest += text
    EVENT.lastIndex = 0
    let end = 0
    for (let found = EVENT.exec(this.#rest); found !== null; found = EVENT.exec(this.#rest)) {
      this.#onEvent(Number(found[1]), found[2] ?? '')
      // The line's end may be the one before the next event's id.
      end = EVENT.lastIndex -= 1
    }
    this.#rest = this.#rest.slice(end)
  }
}
