import type { RequestSlo } from '../domain/constraint.ts'
import { Outcome, type RequestRecord } from '../domain/measurement.ts'
import { eachNormalisedGap, fluidityOf, latenciesOf, meetsSlo } from './latencies.ts'
import { Rows, type PackedRows } from './rows.ts'
import { Samples, type PackedSamples } from './samples.ts'
import { BusyTime, TimeBins } from './time-bins.ts'

/** What a request was meant to be; null where nobody said. */
export interface Wanted {
  inputTokens: number | null
  outputTokens: number | null
  /** Tokens that it is meant to share with other requests: the prefix cache may have them. */
  sharedTokens?: number
}

/** A record with what its request was meant to be. */
export interface Sample {
  record: RequestRecord
  wanted: Wanted
  /** From due to being handed to the client, in milliseconds; waiting for a cap on concurrency is not in it. */
  latenessMs: number
}

/** What is sampled of each request, in milliseconds. */
export const LATENCIES = [
  'ttft',
  'scheduled_ttft',
  'itl',
  'normalised_itl',
  'tpot',
  'e2e',
  'max_gap',
  'response',
  'output',
  'lateness',
  'connect',
  'wait',
] as const
export type Latency = (typeof LATENCIES)[number]

const COUNTS = [
  'measured',
  'successes',
  'met',
  'fluidity',
  'fluidityKnown',
  'zeroGaps',
  'notStreamed',
  'inputTokens',
  'inputKnown',
  'outputTokens',
  'outputKnown',
  'cachedTokens',
  'cachedOf',
  'cachedUnwanted',
  'reasoningTokens',
  'inputDeviation',
  'inputCompared',
  'otherOutputLength',
  'tokensUnknown',
  'usage',
  'timings',
  'tokenizer',
  'chunks',
  'wastedTokens',
  'stale',
  'missingDone',
] as const
type Count = (typeof COUNTS)[number]

const BINS = ['tokens', 'input', 'ended', 'met', 'busyPartial', 'busyLevel'] as const

/** A collector as it passes between threads. */
export interface PackedCollector {
  samples: Record<Latency, PackedSamples>
  counts: Record<Count, number>
  bins: Record<(typeof BINS)[number], Float64Array>
  rows: PackedRows
  outcomes: Partial<Record<Outcome, number>>
  firstSentMs: number
  lastSentMs: number
  lastEndMs: number
  firstDueMs: number
  lastDueMs: number
}

/** Columns of a request's row, as {@link RequestRow} names them. */
const ROW_WIDTH = 7

/** One measured request, as far as later questions need it; latencies that it has not are NaN. */
export interface RequestRow {
  sentMs: number
  ttft: number
  scheduledTtft: number
  tpot: number
  e2e: number
  meanGap: number
  met: boolean
}

/**
 * Digests records into what the figures of a run rest on, in memory that hardly grows with the number of requests.
 * Latencies, outcomes and counts rest on the measured requests; what happened when (tokens, ends, requests in
 * flight) on all of them. Collectors of several threads merge without loss.
 */
export class Collector {
  readonly slo: RequestSlo
  /** Tokens that begin every prompt alike, as those of a chat template: rightly cached. */
  readonly overheadTokens: number
  readonly tokens = new TimeBins()
  readonly input = new TimeBins()
  readonly ended = new TimeBins()
  readonly met = new TimeBins()
  readonly busy = new BusyTime()
  readonly rows = new Rows(ROW_WIDTH)
  readonly outcomes: Partial<Record<Outcome, number>> = {}
  firstSentMs = Infinity
  lastSentMs = -Infinity
  lastEndMs = -Infinity
  firstDueMs = Infinity
  lastDueMs = -Infinity
  readonly #samples = new Map<Latency, Samples>(LATENCIES.map((name) => [name, new Samples()]))
  readonly #counts = new Map<Count, number>()

  constructor(slo: RequestSlo, overheadTokens = 0) {
    this.slo = slo
    this.overheadTokens = overheadTokens
  }

  samples(name: Latency): Samples {
    return this.#samples.get(name) ?? new Samples()
  }

  count(name: Count): number {
    return this.#counts.get(name) ?? 0
  }

  /** Requests of the measured phase that did not succeed. */
  get failures(): number {
    return this.count('measured') - this.count('successes')
  }

  /** Takes a request in; tells whether it met the SLO. */
  add({ record, wanted, latenessMs }: Sample): boolean {
    const { outcome, phase, sentMs, endMs, tokenTimesMs, outputTokens, inputTokens } = record
    this.busy.add(sentMs, endMs)
    const ok = outcome === 'ok'
    const latencies = latenciesOf(record)
    const met = ok && meetsSlo(record, this.slo, latencies)
    if (ok) {
      this.ended.add(endMs, 1)
      if (met) this.met.add(endMs, 1)
      this.input.add(endMs, inputTokens ?? 0)
      const share = (outputTokens ?? 0) / Math.max(1, tokenTimesMs.length)
      for (const at of tokenTimesMs) this.tokens.add(at, share)
      if (tokenTimesMs.length === 0) this.tokens.add(endMs, share)
    }
    if (phase !== 'measured') return met

    this.#addTo('measured', 1)
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1
    this.firstSentMs = Math.min(this.firstSentMs, sentMs)
    this.lastSentMs = Math.max(this.lastSentMs, sentMs)
    this.lastEndMs = Math.max(this.lastEndMs, endMs)
    this.firstDueMs = Math.min(this.firstDueMs, record.scheduledMs)
    this.lastDueMs = Math.max(this.lastDueMs, record.scheduledMs)
    this.samples('lateness').push(latenessMs)
    if (record.connectMs !== undefined) this.samples('connect').push(record.connectMs)
    if (record.dispatchedMs !== undefined)
      this.samples('wait').push(Math.max(0, record.dispatchedMs - record.scheduledMs - latenessMs))
    if (record.staleConnection === true) this.#addTo('stale', 1)
    const { ttft, scheduledTtft, tpot, e2e, gaps } = latencies
    if (!ok) {
      this.rows.push(sentMs, NaN, NaN, NaN, NaN, NaN, 0)
      this.#addTo('wastedTokens', outputTokens ?? 0)
      return false
    }
    const firstMs = tokenTimesMs[0] ?? NaN
    const meanGap = gaps.length === 0 ? NaN : ((tokenTimesMs.at(-1) ?? NaN) - firstMs) / gaps.length
    this.rows.push(sentMs, ttft ?? NaN, scheduledTtft ?? NaN, tpot ?? NaN, e2e, meanGap, met ? 1 : 0)

    this.#addTo('successes', 1)
    if (met) this.#addTo('met', 1)
    if (record.missingDone === true) this.#addTo('missingDone', 1)
    this.samples('e2e').push(e2e)
    if (ttft === null) this.#addTo('notStreamed', 1)
    else this.samples('ttft').push(ttft)
    if (scheduledTtft !== null) this.samples('scheduled_ttft').push(scheduledTtft)
    if (tpot !== null) this.samples('tpot').push(tpot)
    const itl = this.samples('itl')
    let greatest = 0
    let zeros = 0
    for (const gap of gaps) {
      itl.push(gap)
      if (gap > greatest) greatest = gap
      if (gap === 0) zeros += 1
    }
    if (record.tokenTotals !== undefined) {
      const normalised = this.samples('normalised_itl')
      eachNormalisedGap(record, gaps, (gap) => normalised.push(gap))
    }
    const fluidity = fluidityOf(latencies, this.slo)
    if (fluidity !== null) {
      this.#addTo('fluidity', fluidity)
      this.#addTo('fluidityKnown', 1)
    }
    if (gaps.length > 0) this.samples('max_gap').push(greatest)
    this.#addTo('zeroGaps', zeros)
    if (record.firstResponseMs != null) this.samples('response').push(record.firstResponseMs - sentMs)
    if (record.firstOutputMs != null) this.samples('output').push(record.firstOutputMs - sentMs)
    this.#countTokens(record, wanted)
    return met
  }

  #countTokens(record: RequestRecord, wanted: Wanted): void {
    const { inputTokens, outputTokens, cachedInputTokens, tokenSource } = record
    if (inputTokens !== null) {
      this.#addTo('inputTokens', inputTokens)
      this.#addTo('inputKnown', 1)
      if (cachedInputTokens !== null) {
        this.#addTo('cachedTokens', cachedInputTokens)
        this.#addTo('cachedOf', inputTokens)
        const rightly = this.overheadTokens + (wanted.sharedTokens ?? 0)
        this.#addTo('cachedUnwanted', Math.max(0, cachedInputTokens - rightly))
      }
      if (wanted.inputTokens !== null) {
        this.#addTo('inputDeviation', Math.abs(inputTokens / wanted.inputTokens - 1))
        this.#addTo('inputCompared', 1)
      }
    }
    if (tokenSource !== null) this.#addTo(tokenSource, 1)
    if (outputTokens === null) return this.#addTo('tokensUnknown', 1)
    this.#addTo('outputTokens', outputTokens)
    this.#addTo('outputKnown', 1)
    this.#addTo('reasoningTokens', record.reasoningTokens ?? 0)
    const other = wanted.outputTokens !== null && outputTokens !== wanted.outputTokens
    if (other && tokenSource !== 'chunks') this.#addTo('otherOutputLength', 1)
  }

  #addTo(name: Count, amount: number): void {
    this.#counts.set(name, this.count(name) + amount)
  }

  /** Returns the measured requests in order of sending; one of `rows.stride` where they are too many to be kept. */
  requestRows(): RequestRow[] {
    return this.rows
      .ordered()
      .map(
        ([sentMs = 0, ttft = NaN, scheduledTtft = NaN, tpot = NaN, e2e = NaN, meanGap = NaN, met = 0]) => ({
          sentMs,
          ttft,
          scheduledTtft,
          tpot,
          e2e,
          meanGap,
          met: met === 1,
        }),
      )
  }

  pack(): PackedCollector {
    const { firstSentMs, lastSentMs, lastEndMs, firstDueMs, lastDueMs, outcomes } = this
    return {
      samples: recordOf(LATENCIES, (name) => this.samples(name).pack()),
      counts: recordOf(COUNTS, (name) => this.count(name)),
      bins: recordOf(BINS, (name) => this.#bins(name).values()),
      rows: this.rows.pack(),
      outcomes,
      firstSentMs,
      lastSentMs,
      lastEndMs,
      firstDueMs,
      lastDueMs,
    }
  }

  /** Takes in what another thread has collected of the same run. */
  merge(packed: PackedCollector): void {
    for (const name of LATENCIES) this.samples(name).merge(packed.samples[name])
    for (const name of COUNTS) this.#addTo(name, packed.counts[name])
    for (const name of BINS) this.#bins(name).merge(packed.bins[name])
    this.rows.merge(packed.rows)
    for (const outcome of Outcome.options) {
      const count = packed.outcomes[outcome]
      if (count !== undefined) this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + count
    }
    this.firstSentMs = Math.min(this.firstSentMs, packed.firstSentMs)
    this.lastSentMs = Math.max(this.lastSentMs, packed.lastSentMs)
    this.lastEndMs = Math.max(this.lastEndMs, packed.lastEndMs)
    this.firstDueMs = Math.min(this.firstDueMs, packed.firstDueMs)
    this.lastDueMs = Math.max(this.lastDueMs, packed.lastDueMs)
  }

  #bins(name: (typeof BINS)[number]): TimeBins {
    switch (name) {
      case 'busyPartial':
        return this.busy.partial
      case 'busyLevel':
        return this.busy.level
      default:
        return this[name]
    }
  }
}

/** Returns a record with a value for each name. */
export function recordOf<Name extends string, Value>(
  names: readonly Name[],
  valueOf: (name: Name) => Value,
): Record<Name, Value> {
  const record: Partial<Record<Name, Value>> = {}
  for (const name of names) record[name] = valueOf(name)
  // Every name has just been given its value.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  return record as Record<Name, Value>
}
