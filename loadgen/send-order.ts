/**
 * Hands on what came of requests in the order in which they were sent, each once all sent before it have ended. What has
 * ended first says nothing of the rest: quick answers and refusals end long before slow answers do.
 */
export class SendOrder<Value> {
  readonly #take: (value: Value) => void
  readonly #waiting = new Map<number, { value: Value } | null>()

  constructor(take: (value: Value) => void) {
    this.#take = take
  }

  sent(index: number): void {
    this.#waiting.set(index, null)
  }

  /** Does nothing for a request whose sending was not told. */
  ended(index: number, value: Value): void {
    if (!this.#waiting.has(index)) return
    this.#waiting.set(index, { value })
    for (const [next, ended] of this.#waiting) {
      if (ended === null) return
      this.#waiting.delete(next)
      this.#take(ended.value)
    }
  }
}
