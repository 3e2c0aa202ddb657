/** Measures how long something runs, pauses left out, by the workflow's own clock, in ms. */
export class Stopwatch {
  #spentMs: number
  #sinceMs: number | null

  constructor(spentMs: number, running: boolean) {
    this.#spentMs = spentMs
    this.#sinceMs = running ? Date.now() : null
  }

  get spentMs(): number {
    return this.#spentMs + (this.#sinceMs === null ? 0 : Date.now() - this.#sinceMs)
  }

  /** Starts it, or stops it; neither changes what was spent before. */
  run(running: boolean): void {
    this.#spentMs = this.spentMs
    this.#sinceMs = running ? Date.now() : null
  }
}
