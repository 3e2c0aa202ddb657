import type { Outcome, RequestRecord } from '../domain/measurement.ts'
import { oneLine, readStreamedAnswer, readWholeAnswer, type Answer, type AnswerOptions } from './answer.ts'
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
  /** When it was handed to the client, by `performance.now()`. */
  dispatchedMs?: number
  /** Keep the time of every event. */
  events?: boolean
  turn?: number
}

/** A record and, when it was asked for, what was answered. */
export interface Read {
  record: RequestRecord
  text: string
}

type GivenUp = Extract<Ending, 'cancelled' | 'connect' | `timeout_${string}`>

interface Verdict {
  outcome: Outcome
  error: string | null
}

/** Decodes a finished exchange and judges it: exactly one outcome each. */
export function recordOf(sent: Sent, context: RequestContext): RequestRecord {
  return readSent(sent, context, {}).record
}

/** Does what {@link recordOf} does, and returns the text of the answer too when asked for. */
export function readSent(sent: Sent, context: RequestContext, options: AnswerOptions): Read {
  const { index, phase, scheduledMs, originMs, dispatchedMs, turn } = context
  const { reader } = sent
  const streamed = reader.head === null ? null : readStreamedAnswer(reader, options)
  const body = streamed === null ? reader.body.toString('utf8') : ''
  const answer = streamed ?? readWholeAnswer(body, options)
  const { outcome, error } = judge(sent, answer, streamed !== null, body)
  reader.release()
  const since = (atMs: number) => Math.round((atMs - originMs) * 1e6) / 1e6
  const sinceOrNull = (atMs: number | null | undefined) => (atMs == null ? null : since(atMs))
  const tokenTimesMs = (answer?.tokenTimes ?? []).map(since)
  const record: RequestRecord = {
    index,
    phase,
    scheduledMs: since(scheduledMs),
    sentMs: since(sent.sentMs),
    headersMs: sinceOrNull(reader.headAtMs),
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
    ...(dispatchedMs === undefined ? {} : { dispatchedMs: since(dispatchedMs) }),
    ...(sent.connectMs > 0 ? { connectMs: Math.round(sent.connectMs * 1e6) / 1e6 } : {}),
    ...(turn === undefined ? {} : { turn }),
    // One with the last event alone is no count with each of them.
    ...(tokenTimesMs.length > 1 && answer?.tokenTotals.length === tokenTimesMs.length
      ? { tokenTotals: answer.tokenTotals }
      : {}),
    ...(answer?.reasoningTokens == null ? {} : { reasoningTokens: answer.reasoningTokens }),
    ...(streamed === null
      ? {}
      : {
          firstResponseMs: sinceOrNull(streamed.firstResponse),
          firstOutputMs: sinceOrNull(streamed.firstOutput),
        }),
    ...(context.events === true ? { eventTimesMs: (answer?.eventTimes ?? []).map(since) } : {}),
  }
  return { record, text: answer?.text ?? '' }
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
    if (answer.outputTokens === 0) return { outcome: 'empty', error: 'the answer has no token' }
    return { outcome: 'ok', error: null }
  }
  if (answer.finishReason === null && !answer.done) {
    return { outcome: 'truncated', error: 'the stream ended without finish_reason and without [DONE]' }
  }
  if (answer.tokenTimes.length === 0) return { outcome: 'empty', error: 'no token came' }
  return { outcome: 'ok', error: null }
}
