/** Lets no more than so many pass at a time; who waits passes in order of coming. */
export class Semaphore {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(permits: number) {
    this.#free = permits
  }

  get full(): boolean {
    return this.#free <= 0
  }

  /** Passes at once; only while not {@link full}. */
  take(): void {
    this.#free -= 1
  }

  async acquire(): Promise<void> {
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  release(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free += 1
    else next()
  }
}
