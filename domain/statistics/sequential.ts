import { batchMeans, effectiveSize } from './batch-means.ts'
import { decideShare } from './binomial.ts'
import { varianceOf } from './moments.ts'

/** What a level of load is to be decided by. */
export interface LevelTest {
  /** Share of requests that must meet the SLO. */
  attainment: number
  confidence: number
  /** No verdict before so many requests. */
  leastRequests: number
}

export type LevelVerdict = 'holds' | 'fails' | 'open'

/** Looks at the counts grow apart by this factor, so that there are few of them. */
const LOOK_FACTOR = 1.5
/**
 * Each look gets this part of the error. There are about ten looks at each of several levels, and what requests are
 * worth is only estimated, too well where they are few: `bench/statistics.ts` shows that the interval of a whole search
 * then has its confidence.
 */
const ERROR_PER_LOOK = 0.001
/** Batches of requests that must pass for independent before the level is judged. */
const LEAST_BATCHES = 13

/**
 * Decides, as requests come in one by one, whether at least the wanted share of them meets the SLO. Requests in one
 * queue are alike, near saturation very much so: they count for as many independent ones as their latencies and their
 * verdicts show them to be worth, so that a queue which is only beginning to grow is not taken for one that holds. One
 * that grows never holds, but may fail, since it can only become worse: by as many requests as there are batches. The
 * verdict, once given, stands.
 */
export class SequentialTest {
  verdict: LevelVerdict = 'open'
  misses = 0
  readonly #test: LevelTest
  readonly #met: number[] = []
  readonly #latencies: number[] = []
  #nextLook: number

  constructor(test: LevelTest) {
    this.#test = test
    this.#nextLook = test.leastRequests
  }

  get requests(): number {
    return this.#met.length
  }

  /** Takes the next request, with its latency in any unit; a failed one has none (null). Returns the verdict so far. */
  add(met: boolean, latency: number | null): LevelVerdict {
    this.#met.push(met ? 1 : 0)
    if (latency !== null) this.#latencies.push(latency)
    if (!met) this.misses += 1
    if (this.verdict !== 'open' || this.requests < this.#nextLook) return this.verdict
    this.#nextLook = Math.ceil(this.requests * LOOK_FACTOR)
    const { attainment, confidence } = this.#test
    const { requests, growing } = this.#worth()
    const misses = Math.min(requests, Math.round((this.misses / this.requests) * requests))
    const verdict = decideShare(misses, requests, attainment, 1 - (1 - confidence) * ERROR_PER_LOOK)
    this.verdict = growing && verdict === 'holds' ? 'open' : verdict
    return this.verdict
  }

  /** How many independent requests these are worth, and whether they resemble each other as those of a growing queue do. */
  #worth(): { requests: number; growing: boolean } {
    const latencies = this.#latencies
    const estimate = batchMeans(latencies)
    if (estimate === null)
      return { requests: this.misses === this.requests ? this.requests : 0, growing: false }
    if (!estimate.independent || estimate.batches < LEAST_BATCHES)
      return { requests: estimate.batches, growing: true }
    const spread = varianceOf(latencies)
    const alike = spread === 0 ? 1 : spread / estimate.error ** 2 / latencies.length
    const worth = Math.min(1, alike, effectiveSize(this.#met, 0.5) / this.requests)
    return { requests: Math.floor(this.requests * worth), growing: false }
  }
}
