import type { LiveEvent } from '../domain/event.ts'

export interface Subscriber {
  /** New events of the tuning can be read from the database. */
  onEvents(tuningId: string): void
  onLive(tuningId: string, live: LiveEvent): void
}

/** Passes what Postgres announces on to the streams that are open in this process. */
export class EventHub {
  readonly #byTuning = new Map<string, Set<Subscriber>>()
  readonly #all = new Set<Subscriber>()

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

  events(tuningId: string): void {
    for (const subscriber of this.#interested(tuningId)) subscriber.onEvents(tuningId)
  }

  live(tuningId: string, live: LiveEvent): void {
    for (const subscriber of this.#interested(tuningId)) subscriber.onLive(tuningId, live)
  }

  /** Announcements were lost: every stream reads on from where it is. */
  catchUp(): void {
    for (const [tuningId, group] of this.#byTuning)
      for (const subscriber of group) subscriber.onEvents(tuningId)
  }

  /** Number of open streams. */
  get size(): number {
    return [...this.#byTuning.values()].reduce((sum, group) => sum + group.size, this.#all.size)
  }

  #interested(tuningId: string): Subscriber[] {
    return [...(this.#byTuning.get(tuningId) ?? []), ...this.#all]
  }
}
