/** Length of a bin; windows begin and end on its multiples, so that sums over them are exact. */
export const BIN_MS = 10
const FIRST_BINS = 1024

/** Amounts summed by the time at which they came, in bins of {@link BIN_MS} that end with their end. */
export class TimeBins {
  #bins = new Float64Array(FIRST_BINS)
  #used = 0

  /** Adds an amount that came so many milliseconds after the start. */
  add(atMs: number, amount: number): void {
    this.addToBin(Math.max(0, Math.ceil(atMs / BIN_MS) - 1), amount)
  }

  addToBin(bin: number, amount: number): void {
    if (bin >= this.#bins.length) {
      const larger = new Float64Array(Math.max(bin + 1, this.#bins.length * 2))
      larger.set(this.#bins)
      this.#bins = larger
    }
    this.#bins[bin] = (this.#bins[bin] ?? 0) + amount
    if (bin >= this.#used) this.#used = bin + 1
  }

  /** Returns what came after `startMs` and not after `endMs`. */
  sum(startMs: number, endMs: number): number {
    let sum = 0
    const end = Math.min(this.#used, Math.round(endMs / BIN_MS))
    for (let bin = Math.round(startMs / BIN_MS); bin < end; bin += 1) sum += this.#bins[bin] ?? 0
    return sum
  }

  values(): Float64Array {
    return this.#bins.slice(0, this.#used)
  }

  merge(values: Float64Array): void {
    for (const [bin, amount] of values.entries()) if (amount !== 0) this.addToBin(bin, amount)
  }
}

/** The time spent by things under way, in bins: begins and ends are noted, not every bin between them. */
export class BusyTime {
  readonly partial = new TimeBins()
  readonly level = new TimeBins()

  /** Adds one thing that was under way from `fromMs` to `toMs`. */
  add(fromMs: number, toMs: number): void {
    this.#step(fromMs, 1)
    this.#step(toMs, -1)
  }

  /** Returns the milliseconds spent between two times, over all things. */
  sum(startMs: number, endMs: number): number {
    return this.spent(Math.round(endMs / BIN_MS)).sum(startMs, endMs)
  }

  /** Returns the milliseconds spent in each of the first bins. */
  spent(bins: number): TimeBins {
    const partial = this.partial.values()
    const level = this.level.values()
    const spent = new TimeBins()
    let underWay = 0
    for (let bin = 0; bin < bins; bin += 1) {
      underWay += level[bin] ?? 0
      spent.addToBin(bin, underWay * BIN_MS + (partial[bin] ?? 0))
    }
    return spent
  }

  #step(atMs: number, by: number): void {
    const bin = Math.max(0, Math.floor(atMs / BIN_MS))
    this.partial.addToBin(bin, by * ((bin + 1) * BIN_MS - atMs))
    this.level.addToBin(bin + 1, by)
  }
}

/** Returns a time of the session on the next end of a bin. */
export function alignUp(atMs: number): number {
  return Math.ceil(atMs / BIN_MS - 1e-9) * BIN_MS
}

/** Returns a time of the session on the last end of a bin. */
export function alignDown(atMs: number): number {
  return Math.floor(atMs / BIN_MS + 1e-9) * BIN_MS
}
