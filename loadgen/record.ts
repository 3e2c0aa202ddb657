import type { Outcome, RequestRecord } from '../domain/measurement.ts'
import { oneLine, readStreamedAnswer, readWholeAnswer, type Answer } from './answer.ts'
import type { Sent } from './client.ts'
import type { Ending } from './connection.ts'

/** What the record of a request says that its exchange does not know. */
export interface RequestContext {
  index: number
  phase: RequestRecord['phase']
  /** When it was due, by `performance.now()`. */
  scheduledMs: number
  /** The start of the run, by `performance.now()`: the zero of the record's times. */
  originMs: number
}

type GivenUp = Extract<Ending, 'cancelled' | 'connect' | `timeout_${string}`>

interface Verdict {
  outcome: Outcome
  error: string | null
}

/** Decodes a finished exchange and judges it: exactly one outcome each. */
export function recordOf(sent: Sent, { index, phase, scheduledMs, originMs }: RequestContext): RequestRecord {
  const { reader } = sent
  const streamed = reader.head === null ? null : readStreamedAnswer(reader.pieces, reader.times)
  const body =
    streamed === null && reader.pieces.length > 0 ? Buffer.concat(reader.pieces).toString('utf8') : ''
  const answer = streamed ?? readWholeAnswer(body)
  const { outcome, error } = judge(sent, answer, streamed !== null, body)
  const since = (atMs: number) => Math.round((atMs - originMs) * 1000) / 1000
  const tokenTimesMs = (answer?.tokenTimes ?? []).map(since)
  return {
    index,
    phase,
    scheduledMs: since(scheduledMs),
    sentMs: since(sent.sentMs),
    headersMs: reader.headAtMs === null ? null : since(reader.headAtMs),
    firstTokenMs: tokenTimesMs[0] ?? null,
    lastTokenMs: tokenTimesMs.at(-1) ?? null,
    endMs: since(sent.endMs),
    tokenTimesMs,
    inputTokens: answer?.inputTokens ?? null,
    cachedInputTokens: answer?.cachedInputTokens ?? null,
    outputTokens: answer?.outputTokens ?? null,
    tokenSource: answer?.tokenSource ?? null,
    outcome,
    status: reader.head?.status ?? null,
    finishReason: answer?.finishReason ?? null,
    error,
    ...(outcome === 'ok' && streamed !== null && !streamed.done ? { missingDone: true } : {}),
    ...(sent.staleConnection ? { staleConnection: true } : {}),
  }
}

/** Judges by what tells most: our own giving up, the status, what the server said, how the transport ended, the content. */
function judge(sent: Sent, answer: Answer | null, streamed: boolean, body: string): Verdict {
  const { ending, error } = sent
  if (isGivenUp(ending)) return { outcome: ending, error }
  const { head } = sent.reader
  if (head === null) return { outcome: ending === 'malformed' ? 'bad_body' : 'reset', error }
  if (head.status < 200 || head.status > 299) return judgeStatus(head.status, answer?.error ?? oneLine(body))
  if (streamed && typeof answer?.error === 'string') return { outcome: 'stream_error', error: answer.error }
  if (answer?.finishReason === 'abort' || answer?.finishReason === 'error') {
    return { outcome: 'stream_error', error: `finish_reason is ${answer.finishReason}` }
  }
  if (typeof answer?.invalid === 'string') return { outcome: 'bad_body', error: answer.invalid }
  if (ending === 'malformed') return { outcome: 'bad_body', error }
  if (ending === 'reset') return { outcome: 'reset', error }
  if (ending === 'closed') return { outcome: 'truncated', error: `${error} within the message` }
  return judgeContent(sent, answer, streamed, body)
}

function isGivenUp(ending: Ending): ending is GivenUp {
  return ending === 'cancelled' || ending === 'connect' || ending.startsWith('timeout_')
}

function judgeStatus(status: number, detail: string): Verdict {
  const error = detail === '' ? `HTTP ${status}` : `HTTP ${status}: ${detail}`
  if (status === 429) return { outcome: 'http_429', error }
  if (status >= 500) return { outcome: 'http_5xx', error }
  return { outcome: status >= 400 ? 'http_4xx' : 'bad_body', error }
}

function judgeContent(sent: Sent, answer: Answer | null, streamed: boolean, body: string): Verdict {
  const coding = sent.reader.head?.headers.get('content-encoding') ?? 'identity'
  if (coding !== 'identity') return { outcome: 'bad_body', error: `the body is coded as ${coding}` }
  if (answer === null && body.trim() === '') return { outcome: 'empty', error: 'the body is empty' }
  if (answer === null) return { outcome: 'bad_body', error: `not an event stream: ${oneLine(body)}` }
  if (!streamed) {
    if (answer.error !== null) return { outcome: 'bad_body', error: answer.error }
    return { outcome: 'ok', error: null }
  }
  if (answer.finishReason === null && !answer.done) {
    return { outcome: 'truncated', error: 'the stream ended without finish_reason and without [DONE]' }
  }
  if (answer.tokenTimes.length === 0) return { outcome: 'empty', error: 'no token came' }
  return { outcome: 'ok', error: null }
}
