import type { RequestRecord } from '../domain/measurement.ts'
import { latenciesOf } from './latencies.ts'

const NS_PER_S = 1_000_000_000
const NS_PER_MS = 1_000_000

/**
 * Returns a function that writes a record as a line of JSON. Instants are nanoseconds since 1970, written as whole
 * numbers digit by digit, since they do not fit into a double: readers with big integers (Python, jq 1.7, Go) read them
 * exactly. `originWallMs` is the start of the run by the wall clock; differences are those of the monotonic clock.
 */
export function lineWriter(originWallMs: number): (record: RequestRecord) => string {
  const originS = Math.floor(originWallMs / 1000)
  const originNs = Math.round((originWallMs - originS * 1000) * NS_PER_MS)
  let [lastSecond, written] = [NaN, '']
  const instant = (ms: number): string => {
    const ns = originNs + Math.round(ms * NS_PER_MS)
    const second = Math.floor(ns / NS_PER_S)
    if (second !== lastSecond) [lastSecond, written] = [second, String(originS + second)]
    // The leading 1 keeps the zeros.
    return written + String(ns - second * NS_PER_S + NS_PER_S).slice(1)
  }
  const orNull = (ms: number | null | undefined) => (ms == null ? 'null' : instant(ms))
  // Tokens are events: what was written of one is not written anew.
  const lists = (events: readonly number[], tokens: readonly number[]) => {
    const written = events.map(instant)
    let at = 0
    const ofTokens = tokens.map((ms) => {
      while ((events[at] ?? Infinity) < ms) at += 1
      return events[at] === ms ? written[at] : instant(ms)
    })
    return `"t_ev":[${written.join(',')}],"t_tok":[${ofTokens.join(',')}]`
  }

  return (record) => {
    const { ttft, scheduledTtft, tpot, e2e } = latenciesOf(record)
    const rest = JSON.stringify({
      ttft_ms: rounded(ttft),
      scheduled_ttft_ms: rounded(scheduledTtft),
      tpot_ms: rounded(tpot),
      e2e_ms: rounded(e2e),
      connect_ms: rounded(record.connectMs ?? 0),
      input_tokens: record.inputTokens,
      cached_input_tokens: record.cachedInputTokens,
      output_tokens: record.outputTokens,
      reasoning_tokens: record.reasoningTokens ?? null,
      token_source: record.tokenSource,
      outcome: record.outcome,
      status: record.status,
      finish_reason: record.finishReason,
      error: record.error,
      missing_done: record.missingDone ?? false,
      stale_connection: record.staleConnection ?? false,
      ...(record.turn === undefined ? {} : { turn: record.turn }),
    }).slice(1)
    return (
      `{"index":${record.index},"phase":"${record.phase}",` +
      `"t_sched":${instant(record.scheduledMs)},"t_send":${instant(record.sentMs)},` +
      `"t_head":${orNull(record.headersMs)},"t_1":${orNull(record.firstTokenMs)},` +
      `"t_n":${orNull(record.lastTokenMs)},"t_end":${instant(record.endMs)},` +
      `"t_response":${orNull(record.firstResponseMs)},"t_output":${orNull(record.firstOutputMs)},` +
      `${lists(record.eventTimesMs ?? [], record.tokenTimesMs)},${rest}\n`
    )
  }
}

function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 1e6) / 1e6
}
