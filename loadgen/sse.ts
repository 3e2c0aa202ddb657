/** One server-sent event with data. `atMs` is when the packet arrived that completed it. */
export interface ServerSentEvent {
  type: string
  data: string
  atMs: number
}

export interface EventStream {
  events: ServerSentEvent[]
  /** Lines that are part of the format; 0 for a body that is something else. */
  knownLines: number
  /** The last event lacks its blank line: the stream ended with it. */
  lastUnterminated: boolean
}

const CR = 13
const LF = 10

/**
 * Reads the body of an event stream (WHATWG HTML, section 9.2.6) from the pieces in which it arrived. An event
 * is complete with the line end that closes its blank line. Unlike a browser this also returns an event that the
 * end of the body cut off before its blank line, because servers end streams so.
 */
export function readEvents(pieces: readonly Buffer[], times: readonly number[]): EventStream {
  const bytes = pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces)
  const timeOf = stamps(pieces, times)
  const events: ServerSentEvent[] = []
  let knownLines = 0
  let type = ''
  let data: string | null = null

  const takeLine = (start: number, end: number) => {
    if (start === end) {
      if (data !== null) events.push({ type, data, atMs: timeOf(end) })
      type = ''
      data = null
      return
    }
    const line = bytes.toString('utf8', start, end)
    const colon = line.indexOf(':')
    const field = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (field === 'data') data = data === null ? value : `${data}\n${value}`
    else if (field === 'event') type = value
    else if (field !== '' && field !== 'id' && field !== 'retry') return
    knownLines += 1
  }

  let start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at]
    if (byte !== LF && byte !== CR) continue
    takeLine(start, at)
    if (byte === CR && bytes[at + 1] === LF) at += 1
    start = at + 1
  }
  if (start < bytes.length) takeLine(start, bytes.length)
  const lastUnterminated = data !== null
  if (data !== null) events.push({ type, data, atMs: times.at(-1) ?? NaN })
  return { events, knownLines, lastUnterminated }
}

/** Returns a function from an offset in the joined pieces to the time of its piece; offsets must not fall. */
function stamps(pieces: readonly Buffer[], times: readonly number[]): (offset: number) => number {
  let index = 0
  let end = pieces[0]?.length ?? 0
  return (offset) => {
    while (offset >= end && index + 1 < pieces.length) {
      index += 1
      end += pieces[index]?.length ?? 0
    }
    return times[index] ?? NaN
  }
}
