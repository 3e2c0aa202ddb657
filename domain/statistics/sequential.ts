import { decideShare } from './binomial.ts'

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
const LOOK_FACTOR = 1.3
/**
 * A verdict may come at any look, so each look gets a part of the error only. Counts at later looks contain those of
 * earlier ones, so far fewer than all looks' errors add up; `bench/statistics.ts` shows what comes of it.
 */
const LOOKS = 4

/**
 * Decides, as requests come in one by one, whether at least the wanted share of them meets the SLO. The verdict, once
 * given, stands.
 */
export class SequentialTest {
  verdict: LevelVerdict = 'open'
  requests = 0
  misses = 0
  readonly #test: LevelTest
  #nextLook: number

  constructor(test: LevelTest) {
    this.#test = test
    this.#nextLook = test.leastRequests
  }

  /** Takes the next request; returns the verdict so far. */
  add(met: boolean): LevelVerdict {
    this.requests += 1
    if (!met) this.misses += 1
    if (this.verdict !== 'open' || this.requests < this.#nextLook) return this.verdict
    this.#nextLook = Math.ceil(this.requests * LOOK_FACTOR)
    const { attainment, confidence } = this.#test
    this.verdict = decideShare(this.misses, this.requests, attainment, 1 - (1 - confidence) / LOOKS)
    return this.verdict
  }
}
