import { z } from 'zod'
import type { RequestRecord } from './measurement.ts'

const Count = z.number().nullable()

/** What an engine counted over a span: differences of its `/metrics`; null where it does not say. */
export const ServerCounters = z.object({
  outputTokens: Count,
  inputTokens: Count.meta({ description: 'Prompt tokens, those from the prefix cache included.' }),
  requests: Count,
  preemptions: Count,
  prefixCacheQueries: Count.meta({ description: 'Tokens looked for in the prefix cache.' }),
  prefixCacheHits: Count.meta({ description: 'Tokens found there.' }),
  ttftMeanMs: z.number().nullable().meta({ description: "Sum over count of the engine's histogram." }),
  ttftCount: Count,
})
export type ServerCounters = z.infer<typeof ServerCounters>

/** What the client counted over the same span: every request of the run, its warm-up included. */
export const ClientCounters = z.object({
  requests: z.int(),
  failed: z.int(),
  outputTokens: z.number().nullable().meta({ description: 'Null when some answer did not say.' }),
  inputTokens: z.number().nullable(),
  ttftMeanMs: z.number().nullable(),
})
export type ClientCounters = z.infer<typeof ClientCounters>

export const ServerCheck = z.object({
  server: ServerCounters,
  client: ClientCounters,
  compared: z.boolean().meta({
    description: 'Tokens were compared; they are not when requests failed or tokens are not known exactly.',
  }),
  warnings: z.array(z.string()),
})
export type ServerCheck = z.infer<typeof ServerCheck>

/** Tokens of client and engine may differ by so much of the engine's. */
const MAX_TOKEN_DEVIATION = 0.005
/** A mean TTFT below the engine's own by more than the resolution of its clock is impossible. */
const CLOCK_TOLERANCE_MS = 0.5
/** What network and client may add to the mean TTFT: the greater of both. */
const MAX_ADDED = { ms: 10, share: 0.05 }

/** Counts all requests of a run as the client saw them; tokens are null when some answer did not tell them. */
export function clientCounters(records: readonly RequestRecord[]): ClientCounters {
  const ok = records.filter(({ outcome }) => outcome === 'ok')
  const exact = ok.every(({ tokenSource }) => tokenSource === 'usage' || tokenSource === 'timings')
  const ttfts = ok.flatMap(({ firstTokenMs, sentMs }) => (firstTokenMs === null ? [] : firstTokenMs - sentMs))
  return {
    requests: records.length,
    failed: records.length - ok.length,
    outputTokens: exact ? sumOf(ok.map(({ outputTokens }) => outputTokens)) : null,
    inputTokens: exact ? sumOf(ok.map(({ inputTokens }) => inputTokens)) : null,
    ttftMeanMs:
      ttfts.length === 0 || ttfts.length < ok.length
        ? null
        : ttfts.reduce((sum, ttft) => sum + ttft, 0) / ttfts.length,
  }
}

/**
 * Compares what the engine counted with what the client did over the same span: tokens within 0.5 %, and a client's
 * mean TTFT that is not below the engine's and not much above it. What either does not know is not compared.
 */
export function crossCheck(server: ServerCounters, client: ClientCounters): ServerCheck {
  const outputs = tokenWarning('output', server.outputTokens, client.outputTokens)
  const inputs = tokenWarning('input', server.inputTokens, client.inputTokens)
  // A failed request has tokens that only the engine knows.
  const compared = client.failed === 0 && (outputs !== null || inputs !== null)
  return {
    server,
    client,
    compared,
    warnings: [
      ...(compared ? [...(outputs ?? []), ...(inputs ?? [])] : []),
      ...(client.failed === 0 ? ttftWarning(server, client) : []),
    ],
  }
}

/** Null when there is nothing to compare. */
function tokenWarning(what: string, server: number | null, client: number | null): string[] | null {
  if (server === null || client === null) return null
  if (Math.abs(server - client) <= MAX_TOKEN_DEVIATION * Math.max(server, client)) return []
  const cause =
    server > client ? 'does something else use the engine?' : 'the engine lost some, or counts otherwise'
  return [`the engine counted ${server} ${what} tokens, the client ${client}: ${cause}`]
}

function ttftWarning(server: ServerCounters, client: ClientCounters): string[] {
  const { ttftMeanMs: theirs, ttftCount } = server
  const { ttftMeanMs: ours, requests } = client
  // Means over other requests say nothing of each other.
  if (theirs === null || ours === null || ttftCount !== requests) return []
  const added = ours - theirs
  const times = `mean TTFT is ${ours.toFixed(1)} ms at the client, ${theirs.toFixed(1)} ms at the engine`
  if (added < -CLOCK_TOLERANCE_MS) return [`${times}: one of the clocks is wrong`]
  if (added > Math.max(MAX_ADDED.ms, MAX_ADDED.share * theirs))
    return [`${times}: the client, or a proxy, adds latency`]
  return []
}

function sumOf(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>((sum, each) => (sum === null || each === null ? null : sum + each), 0)
}
