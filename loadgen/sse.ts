/** One server-sent event with data. `atMs` is when the packet arrived that completed it. */
export interface ServerSentEvent {
  type: string
  data: string
  atMs: number
}

/** The body of an answer with the times at which its pieces arrived. */
export interface StampedBody {
  readonly body: Buffer
  /** Where each piece ends in the body. */
  readonly ends: readonly number[]
  readonly times: readonly number[]
}

/** What takes the events of a stream. */
export interface EventTaker {
  /** Takes an event; false ends the reading. `start` and `end` are where it lies in the body, blank line included. */
  take(event: ServerSentEvent, start: number, end: number): boolean
  /**
   * Looks at the body where an event begins and may take the event without its being read: returns where the event
   * ends, or -1 to have it read.
   */
  skim?(body: Buffer, start: number): number
  /** Told of an event that was skimmed. */
  skimmed?(atMs: number): void
}

export interface EventStream {
  /** Lines that are part of the format; 0 for a body that is something else. */
  knownLines: number
  /** The last event lacks its blank line: the stream ended with it. */
  lastUnterminated: boolean
}

const CR = 13
const LF = 10

/**
 * Reads the body of an event stream (WHATWG HTML, section 9.2.6). An event is complete with the line end that closes
 * its blank line. Unlike a browser this also gives an event that the end of the body cut off before its blank line,
 * because servers end streams so.
 */
export function readEvents({ body, ends, times }: StampedBody, taker: EventTaker): EventStream {
  const timeAt = stamps(ends, times)
  const hasCr = body.includes(CR)
  let knownLines = 0
  let type = ''
  let data: string | null = null
  let at = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0
  let eventStart = at

  while (at < body.length) {
    if (data === null && type === '' && taker.skim !== undefined) {
      const end = taker.skim(body, at)
      if (end !== -1) {
        knownLines += 1
        taker.skimmed?.(timeAt(end - 1))
        at = end
        eventStart = end
        continue
      }
    }
    const lineEnd = hasCr ? nextLineEnd(body, at) : body.indexOf(LF, at)
    const end = lineEnd === -1 ? body.length : lineEnd
    const next = body[end] === CR && body[end + 1] === LF ? end + 2 : end + 1
    if (end === at) {
      if (data !== null && !taker.take({ type, data, atMs: timeAt(end) }, eventStart, next))
        return { knownLines, lastUnterminated: false }
      type = ''
      data = null
      eventStart = next
    } else {
      const line = body.toString('utf8', at, end)
      const colon = line.indexOf(':')
      const field = colon === -1 ? line : line.slice(0, colon)
      const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
      if (field === 'data') data = data === null ? value : `${data}\n${value}`
      else if (field === 'event') type = value
      if (field === 'data' || field === 'event' || field === '' || field === 'id' || field === 'retry')
        knownLines += 1
    }
    at = next
  }
  if (data !== null) taker.take({ type, data, atMs: times.at(-1) ?? NaN }, eventStart, body.length)
  return { knownLines, lastUnterminated: data !== null }
}

function nextLineEnd(body: Buffer, from: number): number {
  for (let at = from; at < body.length; at += 1) if (body[at] === LF || body[at] === CR) return at
  return -1
}

/** Returns a function from an offset in the body to the time of its piece; offsets must not fall. */
function stamps(ends: readonly number[], times: readonly number[]): (offset: number) => number {
  let index = 0
  return (offset) => {
    while (offset >= (ends[index] ?? Infinity) && index + 1 < ends.length) index += 1
    return times[index] ?? NaN
  }
}
