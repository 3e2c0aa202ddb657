import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { nearestRank, percentileOfSorted } from '../domain/statistics/percentile.ts'

/** So many samples are kept as they are; more go into a histogram of three significant digits. */
const MAX_RAW = 100_000
const FIRST_CAPACITY = 1024
const NS_PER_MS = 1e6
const MAX_NS = 3.6e12 * 24

/** What samples are as they pass between threads. */
export interface PackedSamples {
  raw: Float64Array
  count: number
  sum: number
  histogram: RecordableHistogram | null
}

/** Samples of a latency in milliseconds, in bounded memory. */
export class Samples {
  #raw: Float64Array = new Float64Array(FIRST_CAPACITY)
  #length = 0
  #count = 0
  #sum = 0
  #histogram: RecordableHistogram | null = null
  #sorted: Float64Array | null = null

  get count(): number {
    return this.#count
  }

  /** The mean, or null of nothing. */
  get mean(): number | null {
    return this.#count === 0 ? null : this.#sum / this.#count
  }

  push(value: number): void {
    this.#count += 1
    this.#sum += value
    this.#sorted = null
    if (this.#histogram !== null) return record(this.#histogram, value)
    if (this.#length === MAX_RAW) return record(this.#intoHistogram(), value)
    if (this.#length === this.#raw.length) {
      const larger = new Float64Array(Math.min(MAX_RAW, this.#length * 2))
      larger.set(this.#raw)
      this.#raw = larger
    }
    this.#raw[this.#length] = value
    this.#length += 1
  }

  /**
   * Returns the p-quantile: between order statistics while samples are kept (numpy's default), else within the three
   * digits of the histogram. With `infinite` samples beyond all others it is nearest-rank and may be Infinity. Null
   * without samples.
   */
  percentile(p: number, infinite = 0): number | null {
    if (this.#histogram === null) {
      const sorted = this.sorted()
      return infinite === 0 ? percentileOfSorted(sorted, p) : nearestRank(sorted, infinite, p)
    }
    const rank = p * (this.#count + infinite)
    if (rank > this.#count) return Infinity
    return this.#histogram.percentile(Math.max(1e-6, (100 * rank) / this.#count)) / NS_PER_MS
  }

  /** Returns the r-th smallest sample, counted from 1. */
  orderStatistic(rank: number): number | null {
    if (this.#histogram === null) return this.sorted()[rank - 1] ?? null
    return this.#histogram.percentile((100 * rank) / this.#count) / NS_PER_MS
  }

  /** Returns the samples in ascending order, as far as they are kept. */
  sorted(): Float64Array {
    this.#sorted ??= this.#raw.slice(0, this.#length).sort()
    return this.#sorted
  }

  pack(): PackedSamples {
    return {
      raw: this.#raw.slice(0, this.#length),
      count: this.#count,
      sum: this.#sum,
      histogram: this.#histogram,
    }
  }

  /** Takes the samples of another thread in. */
  merge({ raw, count, sum, histogram }: PackedSamples): void {
    const before = { count: this.#count, sum: this.#sum }
    if (this.#count === 0 && raw.length > 0) {
      this.#raw = raw
      this.#length = raw.length
    } else for (const value of raw) this.push(value)
    if (histogram !== null) (this.#histogram ?? this.#intoHistogram()).add(histogram)
    this.#count = before.count + count
    this.#sum = before.sum + sum
    this.#sorted = null
  }

  #intoHistogram(): RecordableHistogram {
    const histogram = createHistogram({ lowest: 1, highest: MAX_NS, figures: 3 })
    for (const value of this.#raw.subarray(0, this.#length)) record(histogram, value)
    this.#raw = new Float64Array(0)
    this.#length = 0
    this.#histogram = histogram
    return histogram
  }
}

function record(histogram: RecordableHistogram, value: number): void {
  histogram.record(Math.min(MAX_NS, Math.max(1, Math.round(value * NS_PER_MS))))
}
