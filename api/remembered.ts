/** Should the connection that announcements come by be dead without saying so, this is how long it goes unnoticed. */
export const REMEMBERED_MS = 10_000
const MOST = 10_000

/**
 * Remembers what was read about a subject until an announcement says that it may have changed. While announcements cannot
 * be heard it remembers nothing.
 */
export class Remembered<Value> {
  readonly #kept = new Map<string, { value: Value; untilMs: number }>()
  readonly #keys = new Map<string, Set<string>>()
  #heard = 0
  #listening = false

  /** Grows with each announcement: to be taken before reading what is to be kept. */
  get heard(): number {
    return this.#heard
  }

  get(key: string): Value | undefined {
    const kept = this.#kept.get(key)
    return kept !== undefined && kept.untilMs > performance.now() ? kept.value : undefined
  }

  /** Keeps a value under a key unless something was announced since it began to be read. */
  keep(subject: string, key: string, value: Value, heardBefore: number): void {
    if (!this.#listening || heardBefore !== this.#heard) return
    if (this.#kept.size >= MOST) this.forget()
    this.#kept.set(key, { value, untilMs: performance.now() + REMEMBERED_MS })
    const keys = this.#keys.get(subject)
    if (keys === undefined) this.#keys.set(subject, new Set([key]))
    else keys.add(key)
  }

  /** Forgets a subject that may have changed, or everything. */
  forget(subject?: string): void {
    this.#heard += 1
    if (subject === undefined) {
      this.#kept.clear()
      this.#keys.clear()
      return
    }
    for (const key of this.#keys.get(subject) ?? []) this.#kept.delete(key)
    this.#keys.delete(subject)
  }

  /** Tells whether announcements are heard from now on. */
  listen(listening: boolean): void {
    this.#listening = listening
    this.forget()
  }
}
