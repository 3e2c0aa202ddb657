import type { NotificationHandlers } from '../database/notifications.ts'
import type { LiveEvent, News } from '../domain/event.ts'
import type { Principal } from './access/principal.ts'
import { Remembered } from './remembered.ts'

export interface Subscriber {
  /** New events of the tuning can be read from the database. */
  onEvents(tuningId: string): void
  onLive(tuningId: string, live: LiveEvent): void
  onNews?(news: News): void
  /** Any tuning may have changed without having been announced, and anything else. */
  onMissed?(): void
}

/** An answer with its entity tag. */
export interface RememberedAnswer {
  tag: string
  content: string | Buffer
}

const MOST_ANSWER_BYTES = 64 * 2 ** 20
const MOST_PRINCIPALS = 10_000

/** The subject of what any tuning's change changes. */
export const ALL_TUNINGS = ''

/** Passes what Postgres announces on to the streams that are open in this process, and to what it remembers. */
export class EventHub implements NotificationHandlers {
  readonly #byTuning = new Map<string, Set<Subscriber>>()
  readonly #all = new Set<Subscriber>()
  /** What each open stream does when somebody's rights may have changed. */
  readonly streams = new Set<() => void>()
  /** Answers, by path, under the tuning that they are about. */
  readonly answers = new Remembered<RememberedAnswer>(MOST_ANSWER_BYTES, ({ content }) => content.length)
  /** Who makes a request, by the hash of the token or session. */
  readonly principals = new Remembered<Principal>(MOST_PRINCIPALS)

  /** Subscribes to one tuning, or to all with null; returns a function that ends it. */
  subscribe(tuningId: string | null, subscriber: Subscriber): () => void {
    const group = tuningId === null ? this.#all : (this.#byTuning.get(tuningId) ?? new Set())
    if (tuningId !== null) this.#byTuning.set(tuningId, group)
    group.add(subscriber)
    return () => {
      group.delete(subscriber)
      if (tuningId !== null && group.size === 0 && this.#byTuning.get(tuningId) === group)
        this.#byTuning.delete(tuningId)
    }
  }

  onEvents(tuningId: string): void {
    this.answers.forget(tuningId)
    this.answers.forget(ALL_TUNINGS)
    for (const subscriber of this.#interested(tuningId)) subscriber.onEvents(tuningId)
  }

  onLive(tuningId: string, live: LiveEvent): void {
    for (const subscriber of this.#interested(tuningId)) subscriber.onLive(tuningId, live)
  }

  onNews(news: News): void {
    for (const subscriber of this.#all) subscriber.onNews?.(news)
  }

  onAccess(): void {
    this.principals.forget()
    for (const lookAgain of this.streams) lookAgain()
  }

  /** Announcements are heard, or lost from now on. */
  onConnection(listening: boolean): void {
    this.answers.listen(listening)
    this.principals.listen(listening)
    if (!listening) return
    // Some may have been lost: every stream reads on from where it is.
    for (const [tuningId, group] of this.#byTuning)
      for (const subscriber of group) subscriber.onEvents(tuningId)
    for (const subscriber of this.#all) subscriber.onMissed?.()
    this.onAccess()
  }

  /** Something was changed through this process: what it says from now on must not be older. */
  onChange(): void {
    this.answers.forget()
    this.principals.forget()
  }

  #interested(tuningId: string): Subscriber[] {
    return [...(this.#byTuning.get(tuningId) ?? []), ...this.#all]
  }
}
