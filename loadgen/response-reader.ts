import { borrow, enlarge, giveBack } from './body-store.ts'

/** The status line and headers of an answer; header names in lower case. */
export interface ResponseHead {
  status: number
  headers: Map<string, string>
}

const CR = 13
const LF = 10
const MAX_HEAD_BYTES = 65_536
const MAX_CHUNK_LINE = 8_192
const DONE = Buffer.from('[DONE]')
const SPACE = 32
const DATA = Buffer.from('data:')
const NOTHING = Buffer.alloc(0)

type State =
  'head' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailers' | 'length' | 'until-close' | 'complete'

/**
 * Takes the HTTP/1.1 framing off one answer as its packets arrive (RFC 9112): interim answers, Content-Length,
 * chunks with extensions and trailers, bodies that end with the connection. The body is only gathered, with the
 * time of each piece, never decoded, save for the search for the line `data: [DONE]`, at which a stream is over even
 * if the message goes on; what comes after it is dropped. Packets are copied: their memory may be used again.
 */
export class ResponseReader {
  /** Bytes taken so far. */
  bytes = 0
  head: ResponseHead | null = null
  headAtMs: number | null = null
  /** Where each piece of the body ends in it. */
  readonly ends: number[] = []
  /** When each piece arrived. */
  readonly times: number[] = []
  /** The stream said `[DONE]`. */
  done = false
  /** Why this is no HTTP answer. */
  malformed: string | null = null
  /** Bytes came after the end of the message. */
  excess = false

  readonly #maxBody: number
  #state: State = 'head'
  #partial: Buffer = NOTHING
  #line = ''
  #remaining = 0
  #store: Buffer | null = null
  #length = 0

  /** An answer with more than `maxBody` bytes is malformed. */
  constructor(maxBody = Infinity) {
    this.#maxBody = maxBody
  }

  /** The body as far as it has come. Not to be read after {@link release}. */
  get body(): Buffer {
    return this.#store?.subarray(0, this.#length) ?? NOTHING
  }

  /** The message has ended as its framing says. */
  get complete(): boolean {
    return this.#state === 'complete'
  }

  /** The message ends when the server closes the connection. */
  get endsWithConnection(): boolean {
    return this.#state === 'until-close'
  }

  /** The connection can carry another request: the message is complete and the server keeps it open. */
  get reusable(): boolean {
    return this.complete && !this.excess && this.head?.headers.get('connection')?.toLowerCase() !== 'close'
  }

  /** Lets go of the body's memory. */
  release(): void {
    if (this.#store !== null) giveBack(this.#store)
    this.#store = null
    this.#length = 0
  }

  /** Takes a packet that arrived at `atMs`. */
  push(bytes: Buffer, atMs: number): void {
    this.bytes += bytes.length
    let offset = 0
    while (offset < bytes.length && this.malformed === null) {
      switch (this.#state) {
        case 'head':
          offset = this.#readHead(bytes, offset, atMs)
          break
        case 'length':
        case 'chunk-data': {
          const end = Math.min(bytes.length, offset + this.#remaining)
          this.#keep(bytes, offset, end, atMs)
          this.#remaining -= end - offset
          offset = end
          if (this.#remaining === 0) this.#state = this.#state === 'length' ? 'complete' : 'chunk-end'
          break
        }
        case 'until-close':
          this.#keep(bytes, offset, bytes.length, atMs)
          return
        case 'chunk-size':
          offset = this.#readChunkSize(bytes, offset)
          break
        case 'chunk-end':
          if (this.#line === '' && bytes[offset] === CR && bytes[offset + 1] === LF) {
            this.#state = 'chunk-size'
            offset += 2
          } else offset = this.#readLine(bytes, offset)
          break
        case 'trailers':
          offset = this.#readLine(bytes, offset)
          break
        case 'complete':
          this.excess = true
          return
      }
    }
  }

  #readHead(bytes: Buffer, offset: number, atMs: number): number {
    const before = this.#partial.length
    const all = before === 0 ? bytes.subarray(offset) : Buffer.concat([this.#partial, bytes.subarray(offset)])
    const end = headEnd(all)
    if (end === -1) {
      this.#partial = before === 0 ? Buffer.from(all) : all
      if (all.length > MAX_HEAD_BYTES) this.malformed = 'headers without end'
      return bytes.length
    }
    this.#partial = NOTHING
    const head = parseHead(all.toString('latin1', 0, end))
    if (head === null) {
      this.malformed = `not an HTTP answer: ${firstLine(all.toString('latin1', 0, end))}`
      return bytes.length
    }
    const interim = head.status >= 100 && head.status < 200
    if (!interim) {
      this.head = head
      this.headAtMs = atMs
      this.#chooseFraming(head)
    }
    return offset + end - before
  }

  #chooseFraming({ status, headers }: ResponseHead): void {
    if (status === 204 || status === 304) {
      this.#state = 'complete'
      return
    }
    const coding = headers.get('transfer-encoding')
    if (coding !== undefined) {
      this.#state = /(^|,)\s*chunked\s*$/i.test(coding) ? 'chunk-size' : 'until-close'
      return
    }
    const length = headers.get('content-length')
    if (length === undefined) {
      this.#state = 'until-close'
      return
    }
    if (!/^\d{1,15}$/.test(length)) {
      this.malformed = `Content-Length is ${length}`
      return
    }
    this.#remaining = Number(length)
    this.#state = this.#remaining === 0 ? 'complete' : 'length'
  }

  /** Reads the usual line, digits and CRLF within one packet, without making a string of it. */
  #readChunkSize(bytes: Buffer, offset: number): number {
    if (this.#line !== '') return this.#readLine(bytes, offset)
    let size = 0
    for (let at = offset; at < bytes.length && at - offset <= 8; at += 1) {
      const byte = bytes[at] ?? 0
      if (byte === CR && at > offset && bytes[at + 1] === LF) {
        this.#beginChunk(size)
        return at + 2
      }
      const digit = hexDigit(byte)
      if (digit === -1) break
      size = size * 16 + digit
    }
    return this.#readLine(bytes, offset)
  }

  #beginChunk(size: number): void {
    this.#remaining = size
    this.#state = size === 0 ? 'trailers' : 'chunk-data'
  }

  #readLine(bytes: Buffer, offset: number): number {
    const end = bytes.indexOf(LF, offset)
    this.#line += bytes.toString('latin1', offset, end === -1 ? bytes.length : end)
    if (this.#line.length > MAX_CHUNK_LINE) this.malformed = 'a chunk line without end'
    if (end === -1) return bytes.length
    const line = this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line
    this.#line = ''
    this.#takeLine(line)
    return end + 1
  }

  #takeLine(line: string): void {
    if (this.#state === 'trailers') {
      if (line === '') this.#state = 'complete'
      return
    }
    if (this.#state === 'chunk-end') {
      if (line !== '') this.malformed = `expected the end of a chunk, got ${firstLine(line)}`
      this.#state = 'chunk-size'
      return
    }
    const size = /^([0-9a-f]{1,12})[ \t]*(?:;|$)/i.exec(line)?.[1]
    if (size === undefined) {
      this.malformed = `expected the size of a chunk, got ${firstLine(line)}`
      return
    }
    this.#beginChunk(parseInt(size, 16))
  }

  #keep(bytes: Buffer, start: number, end: number, atMs: number): void {
    if (this.done || start === end) return
    const from = this.#length
    const length = from + end - start
    if (length > this.#maxBody) {
      this.malformed = `an answer of more than ${this.#maxBody} bytes`
      return
    }
    let store = this.#store ?? borrow()
    if (length > store.length) store = enlarge(store, from, length)
    bytes.copy(store, from, start, end)
    this.#store = store
    this.#length = length
    this.ends.push(length)
    this.times.push(atMs)
    this.done = this.#saysDone(store, Math.max(0, from - DONE.length + 1), length)
  }

  /** Byte by byte: a search by Buffer costs more than the few hundred bytes of a token's packet take. */
  #saysDone(store: Buffer, from: number, length: number): boolean {
    for (let at = from; at <= length - DONE.length; at += 1) {
      if (store[at] !== DONE[0] || !isAt(store, at, DONE)) continue
      const line = (store[at - 1] === SPACE ? at - 1 : at) - DATA.length
      if (line < 0 || !isAt(store, line, DATA)) continue
      if (line === 0 || store[line - 1] === LF || store[line - 1] === CR) return true
      if (line === 3 && store[0] === 0xef && store[1] === 0xbb && store[2] === 0xbf) return true
    }
    return false
  }
}

function isAt(store: Buffer, at: number, bytes: Buffer): boolean {
  for (let index = 0; index < bytes.length; index += 1) if (store[at + index] !== bytes[index]) return false
  return true
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const letter = byte | 32
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}

function headEnd(bytes: Buffer): number {
  for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 2
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3
  }
  return -1
}

function parseHead(text: string): ResponseHead | null {
  const [statusLine = '', ...lines] = text.split(/\r?\n/)
  const [, version, status] = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(statusLine) ?? []
  if (status === undefined) return null
  const headers = new Map<string, string>()
  if (version === '0') headers.set('connection', 'close')
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon < 1) continue
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
  }
  return { status: Number(status), headers }
}

function firstLine(text: string): string {
  return JSON.stringify(text.split(/\r?\n/, 1)[0]?.slice(0, 100))
}
