import type { ParsedConstraint } from '../domain/constraint.ts'
import type { CutLimits, CutShort } from '../domain/cut-short.ts'
import { LATENCY_METRICS } from '../domain/metric.ts'
import { highestMean } from '../domain/statistics/mean-bound.ts'
import { SequentialTest } from '../domain/statistics/sequential.ts'
import type { RequestLatencies } from './latencies.ts'
import { QUANTILES } from './metrics.ts'
import { SendOrder } from './send-order.ts'

/** Of configurations that would have met every limit so many may be cut short, at most. */
const ERROR = 0.01
/** The window is looked at in so many slices, and what it came to after every so many of them. */
export const SLICES = 64
const SLICES_PER_LOOK = 4
const FIRST_LOOK = 12
const LOOKS = (SLICES - FIRST_LOOK) / SLICES_PER_LOOK
/** Each look at a rate gets this part of its error: how alike slices are is only estimated (bench/cut-short.ts). */
const ERROR_PART = 0.25
/** What disturbs a machine shows after so long, and would pass for a bad configuration before. */
const LEAST_MS = 5000
/** Fewer requests than this, or than there are streams, decide nothing. */
const LEAST_REQUESTS = 10

/** What has come about since the start of the run. */
export interface Progress {
  outputTokens: number
  requests: number
  goodRequests: number
}

const PROGRESS_OF: Partial<Record<ParsedConstraint['metric'], keyof Progress>> = {
  output_tokens_per_second: 'outputTokens',
  requests_per_second: 'requests',
  goodput_requests_per_second: 'goodRequests',
}

type Limit = ParsedConstraint & Pick<CutShort, 'of'>

/** A request that has ended, as limits see it. */
export interface Ended {
  ok: boolean
  /** It met every limit of the SLO. */
  met: boolean
  latencies: Omit<RequestLatencies, 'gaps'>
}

/** Takes requests, each good for its limit, bad or (null) without a say. */
interface ShareTest {
  limit: Limit
  test: SequentialTest
  isGood: (ended: Ended) => boolean | null
}

/**
 * Watches a measurement for a limit that it cannot meet any more. A limit on a percentile is one on the share of
 * requests beyond it, told by binomial bounds as the search for the capacity tells it, from requests in order of sending;
 * one on a rate is held against the most that the rate of the whole window can still be. In an open loop rates grow until
 * answers come as fast as requests go: what came until then counts for what it is, and tells nothing of the rest. The
 * error is shared out to the limits and to the looks at each. Limits on other metrics (means, gaps between tokens)
 * decide nothing.
 */
export class Futility {
  cut: CutShort | null = null
  readonly #shares: ShareTest[] = []
  readonly #rates: { limit: Limit; of: keyof Progress; slices: number[] }[] = []
  readonly #error: number
  readonly #leastRequests: number
  readonly #ofMs: number
  readonly #open: boolean
  readonly #inOrder = new SendOrder<Ended>((ended) => this.#judge(ended))
  /** The slice in which each request in flight was sent, the oldest first. */
  readonly #inFlight = new Map<number, number>()
  /** Slices that the longest request so far has lasted. */
  #longest = 0
  #requests = 0
  #slices = 0
  #elapsedMs = 0
  #last: Progress

  /** `streams`: null for an open loop; `ofMs`: the length of the window, which begins now with this `progress`. */
  constructor({ constraints, hurdle }: CutLimits, streams: number | null, ofMs: number, progress: Progress) {
    const limits: Limit[] = [
      ...constraints.map((limit) => ({ ...limit, of: 'constraint' as const })),
      { ...hurdle, of: 'objective' },
    ]
    this.#error = ERROR / limits.length
    this.#open = streams === null
    this.#leastRequests = Math.max(LEAST_REQUESTS, streams ?? 0)
    this.#ofMs = ofMs
    this.#last = progress
    for (const limit of limits) {
      const of = PROGRESS_OF[limit.metric]
      if (of !== undefined && limit.op === '>=') this.#rates.push({ limit, of, slices: [] })
      const share = shareTest(limit, this.#leastRequests, this.#error)
      if (share !== null) this.#shares.push(share)
    }
  }

  /** Told of each measured request as it is sent. */
  sent(index: number): void {
    this.#inFlight.set(index, this.#slices)
    this.#inOrder.sent(index)
  }

  /** Takes what came of a request that it was told of. */
  ended(index: number, ended: Ended): void {
    if (!this.#inFlight.delete(index)) return
    this.#requests += 1
    this.#inOrder.ended(index, ended)
  }

  /** Takes what has come about by so long after the start of the window; called at the end of each slice. */
  addSlice(elapsedMs: number, progress: Progress): void {
    const seconds = (elapsedMs - this.#elapsedMs) / 1000
    for (const { of, slices } of this.#rates) slices.push((progress[of] - this.#last[of]) / seconds)
    this.#last = progress
    this.#elapsedMs = elapsedMs
    this.#slices += 1
    const [oldest = this.#slices] = this.#inFlight.values()
    this.#longest = Math.max(this.#longest, this.#slices - oldest)
    if (this.#slices < FIRST_LOOK || this.#slices % SLICES_PER_LOOK !== 0) return
    if (elapsedMs < LEAST_MS || this.#requests < this.#leastRequests) return
    for (const { limit, test } of this.#shares)
      if (test.verdict === 'fails') return this.#end(limit, limit.limit)
    for (const { limit, slices } of this.#rates) {
      const highest = this.#highest(slices)
      if (highest !== null && highest < limit.limit) return this.#end(limit, highest)
    }
  }

  #judge(ended: Ended): void {
    const { ttft, e2e } = ended.latencies
    for (const { test, isGood } of this.#shares) {
      const good = isGood(ended)
      if (good !== null) test.add(good, ended.ok ? (ttft ?? e2e) : null)
    }
  }

  /** The most that a rate can still come to over the whole window; null while too little is known. */
  #highest(slices: readonly number[]): number | null {
    // As long as the longest request so far, had it been sent first, would still be in flight.
    const growing = this.#open ? Math.min(slices.length, this.#longest + 1) : 0
    const error = (ERROR_PART * this.#error) / LOOKS
    const rest = highestMean(slices.slice(growing), SLICES - growing, error)
    if (rest === null) return null
    const sum = slices.slice(0, growing).reduce((total, rate) => total + rate, 0)
    return (sum + rest * (SLICES - growing)) / SLICES
  }

  #end(limit: Limit, bound: number): void {
    this.cut = { ...limit, bound, afterMs: this.#elapsedMs, ofMs: this.#ofMs, requests: this.#requests }
  }
}

function shareTest(limit: Limit, leastRequests: number, error: number): ShareTest | null {
  const of = (attainment: number, isGood: ShareTest['isGood']): ShareTest => ({
    limit,
    test: new SequentialTest({ attainment, confidence: 1 - error, leastRequests }),
    isGood,
  })
  const { metric, op } = limit
  if (metric === 'attainment' && op === '>=') return of(limit.limit, ({ met }) => met)
  if (metric === 'error_rate' && op === '<=') return of(1 - limit.limit, ({ ok }) => ok)
  const latency = LATENCY_METRICS.find(({ name }) => name === metric)
  if (op !== '<=' || latency === undefined || latency.statistic === 'mean') return null
  const { statistic, latency: name } = latency
  if (name === 'itl' || name === 'normalised_itl') return null
  return of(QUANTILES[statistic], ({ ok, latencies }) => {
    // A failed request is infinitely late for a constraint; the objective is of those that succeeded.
    if (!ok) return limit.of === 'constraint' ? false : null
    const value = name === 'scheduled_ttft' ? latencies.scheduledTtft : latencies[name]
    return value === null ? null : value <= limit.limit
  })
}
