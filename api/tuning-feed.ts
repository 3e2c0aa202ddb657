import type { Logger } from 'pino'
import type { Database } from '../database/connect.ts'
import { listEvents, type ShownEvent } from '../database/events.ts'
import type { ShownTuning } from '../database/tuning-list.ts'
import type { EventHub } from './event-hub.ts'
import { streamMessage, type EventStream } from './event-stream.ts'
import { singleFlight } from './single-flight.ts'

interface Follower {
  stream: EventStream
  /** The newest event that it was sent. */
  last: number
}

/** Passes the events of tunings on: what is new is read and written once for all streams on a tuning. */
export class TuningFeeds {
  readonly #feeds = new Map<string, TuningFeed>()
  readonly #context: { db: Database; hub: EventHub; log: Logger }

  constructor(context: { db: Database; hub: EventHub; log: Logger }) {
    this.#context = context
  }

  /** Sends a stream every event after a number, then new ones as they happen. */
  follow(stream: EventStream, tuning: ShownTuning, after: number): void {
    const { id } = tuning
    const feed = this.#feeds.get(id) ?? new TuningFeed(this.#context, tuning)
    this.#feeds.set(id, feed)
    const leave = feed.join(stream, after)
    stream.onClose(() => {
      if (leave() === 0 && this.#feeds.get(id) === feed) this.#feeds.delete(id)
    })
  }
}

class TuningFeed {
  readonly #db: Database
  readonly #log: Logger
  readonly #id: string
  readonly #followers = new Set<Follower>()
  readonly #wake: () => void
  readonly #unsubscribe: () => void
  /** The newest event that was passed on. */
  #last: number
  /** The state that it ended in, when nothing came after that. */
  #end: string | null

  constructor({ db, hub, log }: { db: Database; hub: EventHub; log: Logger }, tuning: ShownTuning) {
    this.#db = db
    this.#log = log
    this.#id = tuning.id
    this.#last = tuning.last_seq
    this.#end = tuning.phase === 'done' ? tuning.state : null
    this.#wake = singleFlight(() => this.#passOn().catch((error: unknown) => this.#giveUp(error)))
    this.#unsubscribe = hub.subscribe(tuning.id, {
      onEvents: this.#wake,
      onLive: (_, live) => {
        const message = streamMessage({ event: 'live', data: live })
        for (const { stream } of this.#followers) stream.send(message)
      },
    })
    // What happened between the reading of the tuning and the subscription.
    this.#wake()
  }

  /** Adds a stream; the returned function removes it and returns how many are left. */
  join(stream: EventStream, after: number): () => number {
    const follower = { stream, last: after }
    this.#followers.add(follower)
    this.#replay(follower).catch((error: unknown) => {
      this.#log.warn({ err: error, tuning: this.#id }, 'event stream closed: the client asks again')
      stream.drop()
    })
    return () => {
      this.#followers.delete(follower)
      if (this.#followers.size === 0) this.#unsubscribe()
      return this.#followers.size
    }
  }

  /** Sends what happened before the stream was there; what is passed on meanwhile is not sent twice. */
  async #replay(follower: Follower): Promise<void> {
    while (follower.last < this.#last && !follower.stream.closed) {
      const events = await listEvents(this.#db, this.#id, follower.last)
      // The tuning was deleted.
      if (events.length === 0) return
      for (const event of events) {
        await follower.stream.ready()
        send(follower, event, messageOf(event), event.seq > follower.last)
      }
    }
    this.#endOf(follower)
  }

  async #passOn(): Promise<void> {
    for (;;) {
      const events = await listEvents(this.#db, this.#id, this.#last)
      if (events.length === 0) break
      for (const event of events) {
        const message = messageOf(event)
        for (const follower of this.#followers)
          send(follower, event, message, event.seq === follower.last + 1)
        this.#last = event.seq
        // A finished tuning may be taken up again: what counts is what it did last.
        this.#end = event.phase === 'done' ? event.state : null
      }
    }
    for (const follower of this.#followers) this.#endOf(follower)
  }

  #endOf({ stream, last }: Follower): void {
    if (this.#end === null || last !== this.#last || stream.closed) return
    stream.send(streamMessage({ event: 'end', data: { state: this.#end } }))
    stream.end()
  }

  #giveUp(error: unknown): void {
    this.#log.warn({ err: error, tuning: this.#id }, 'event streams closed: their clients ask again')
    for (const { stream } of this.#followers) stream.drop()
  }
}

function messageOf({ seq, at, body }: ShownEvent): Buffer {
  return streamMessage({ id: seq, data: { seq, at: at.toISOString(), event: body } })
}

function send(follower: Follower, { seq }: ShownEvent, message: Buffer, isNext: boolean): void {
  if (!isNext) return
  follower.stream.send(message)
  follower.last = seq
}
