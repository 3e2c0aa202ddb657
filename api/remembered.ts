/** Should the connection that announcements come by be dead without saying so, this is how long it goes unnoticed. */
export const REMEMBERED_MS = 10_000

interface Kept<Value> {
  subject: string
  value: Value
  size: number
  untilMs: number
}

/**
 * Remembers what was read about a subject until an announcement says that it may have changed. While announcements cannot
 * be heard it remembers nothing. When the sizes of what it keeps come to more than `most`, it begins anew.
 */
export class Remembered<Value> {
  readonly #most: number
  readonly #sizeOf: (value: Value) => number
  /** In the order in which they were kept. */
  readonly #kept = new Map<string, Kept<Value>>()
  readonly #keys = new Map<string, Set<string>>()
  #size = 0
  #heard = 0
  #listening = false

  constructor(most: number, sizeOf: (value: Value) => number = () => 1) {
    this.#most = most
    this.#sizeOf = sizeOf
  }

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
    this.#drop(key)
    this.#dropOutdated()
    const size = this.#sizeOf(value)
    if (this.#size + size > this.#most) this.forget()
    this.#kept.set(key, { subject, value, size, untilMs: performance.now() + REMEMBERED_MS })
    this.#size += size
    const keys = this.#keys.get(subject)
    if (keys === undefined) this.#keys.set(subject, new Set([key]))
    else keys.add(key)
  }

  /** Forgets a subject that may have changed, or everything. */
  forget(subject?: string): void {
    this.#heard += 1
    if (subject !== undefined) {
      for (const key of this.#keys.get(subject) ?? []) this.#drop(key)
      return
    }
    this.#kept.clear()
    this.#keys.clear()
    this.#size = 0
  }

  /** Tells whether announcements are heard from now on. */
  listen(listening: boolean): void {
    this.#listening = listening
    this.forget()
  }

  #dropOutdated(): void {
    const nowMs = performance.now()
    for (const [key, { untilMs }] of this.#kept) {
      if (untilMs > nowMs) return
      this.#drop(key)
    }
  }

  #drop(key: string): void {
    const kept = this.#kept.get(key)
    if (kept === undefined) return
    this.#kept.delete(key)
    this.#size -= kept.size
    const keys = this.#keys.get(kept.subject)
    keys?.delete(key)
    if (keys?.size === 0) this.#keys.delete(kept.subject)
  }
}
