import type { RequestSlo } from '../domain/constraint.ts'
import type { RequestRecord } from '../domain/measurement.ts'

/** Latencies of one request in milliseconds; null where undefined. `gaps` are those between token-bearing events. */
export interface RequestLatencies {
  ttft: number | null
  scheduledTtft: number | null
  tpot: number | null
  e2e: number
  gaps: number[]
}

/**
 * Returns the latencies of a finished request: TTFT from sending to the first token-bearing event (scheduled TTFT:
 * from when it was due), TPOT (last token - first) / (output tokens - 1) for two tokens and more, E2E from sending to
 * the last token-bearing event (to the end for an answer that was not streamed).
 */
export function latenciesOf(record: RequestRecord): RequestLatencies {
  const { scheduledMs, sentMs, firstTokenMs, lastTokenMs, endMs, outputTokens, tokenTimesMs } = record
  const tokens = outputTokens ?? 0
  const gaps = new Array<number>(Math.max(0, tokenTimesMs.length - 1))
  for (let index = 1; index < tokenTimesMs.length; index += 1)
    gaps[index - 1] = (tokenTimesMs[index] ?? 0) - (tokenTimesMs[index - 1] ?? 0)
  return {
    ttft: firstTokenMs === null ? null : firstTokenMs - sentMs,
    scheduledTtft: firstTokenMs === null ? null : firstTokenMs - scheduledMs,
    tpot:
      firstTokenMs === null || lastTokenMs === null || tokens < 2
        ? null
        : (lastTokenMs - firstTokenMs) / (tokens - 1),
    e2e: (lastTokenMs ?? endMs) - sentMs,
    gaps,
  }
}

/**
 * Calls `take` with each gap as it is normalised: one whose event carries m tokens is m gaps of 1/m. Where the server
 * did not count with each event, each is one token.
 */
export function eachNormalisedGap(
  { tokenTotals = [] }: RequestRecord,
  gaps: readonly number[],
  take: (gap: number) => void,
): void {
  for (const [index, gap] of gaps.entries()) {
    const tokens = Math.max(1, (tokenTotals[index + 1] ?? 0) - (tokenTotals[index] ?? 0))
    for (let token = 0; token < tokens; token += 1) take(gap / tokens)
  }
}

/**
 * Tells whether a request succeeded and met every limit. The limits on `itl` and `max_gap` are ones on its greatest gap,
 * that on `normalised_itl` on its greatest once normalised; a one-token answer has no TPOT to miss; an answer that was
 * not streamed shows none of these, nor TTFT, and misses every limit but that on E2E.
 */
export function meetsSlo(record: RequestRecord, slo: RequestSlo, latencies = latenciesOf(record)): boolean {
  if (record.outcome !== 'ok') return false
  const { ttft, scheduledTtft, tpot, e2e, gaps } = latencies
  if (ttft === null && Object.keys(slo).some((limited) => limited !== 'e2e')) return false
  return (
    (ttft ?? Infinity) <= (slo.ttft ?? Infinity) &&
    (scheduledTtft ?? Infinity) <= (slo.scheduled_ttft ?? Infinity) &&
    (tpot ?? 0) <= (slo.tpot ?? Infinity) &&
    e2e <= (slo.e2e ?? Infinity) &&
    gaps.every((gap) => gap <= Math.min(slo.itl ?? Infinity, slo.max_gap ?? Infinity)) &&
    (slo.normalised_itl === undefined || greatestNormalised(record, gaps) <= slo.normalised_itl)
  )
}

function greatestNormalised(record: RequestRecord, gaps: readonly number[]): number {
  let greatest = 0
  eachNormalisedGap(record, gaps, (gap) => (greatest = Math.max(greatest, gap)))
  return greatest
}

/**
 * Returns the share of deadlines that a streamed answer met (the fluidity index of Etalon, arXiv 2407.07000): the first
 * token's is the limit on TTFT, each later one's that on TPOT after the token before. A token that comes early leaves its
 * time to those after it; one that comes late misses every deadline that passed meanwhile, and the next counts from it.
 * Null without both limits or without tokens.
 */
export function fluidityOf(
  { ttft, gaps }: RequestLatencies,
  { ttft: first, tpot: each }: RequestSlo,
): number | null {
  if (ttft === null || first === undefined || each === undefined || each <= 0) return null
  let met = 0
  let missed = 0
  let slack = 0
  const wait = (time: number, deadline: number) => {
    const late = time - deadline - slack
    slack = Math.max(0, -late)
    if (late > 0) missed += Math.floor(late / each) + 1
    else met += 1
  }
  wait(ttft, first)
  for (const gap of gaps) wait(gap, each)
  return met / (met + missed)
}
