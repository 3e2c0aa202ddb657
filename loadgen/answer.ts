import { z } from 'zod'
import type { RequestRecord } from '../domain/measurement.ts'
import { readEvents, type EventStream } from './sse.ts'

const Usage = z.object({
  prompt_tokens: z.int().nullish(),
  completion_tokens: z.int().nullish(),
  prompt_tokens_details: z.object({ cached_tokens: z.int().nullish() }).nullish(),
})
const Timings = z.object({
  prompt_n: z.int().nullish(),
  cache_n: z.int().nullish(),
  predicted_n: z.int().nullish(),
})
const Text = z.unknown().optional()
const Call = z.object({ name: Text, arguments: Text }).nullish()
const Delta = z
  .object({
    content: Text,
    reasoning_content: Text,
    reasoning: Text,
    refusal: Text,
    tool_calls: z.array(z.object({ function: Call })).nullish(),
    function_call: Call,
  })
  .nullish()
const Choice = z.object({ delta: Delta, message: Delta, text: Text, finish_reason: z.string().nullish() })
const Chunk = z.object({
  object: z.unknown().optional(),
  error: z.unknown().optional(),
  message: z.unknown().optional(),
  choices: z.array(Choice).nullish(),
  usage: Usage.nullish(),
  timings: Timings.nullish(),
})
type Chunk = z.infer<typeof Chunk>

/** What an answer of a completion endpoint says, as far as a measurement asks. */
export interface Answer {
  /** When each token-bearing event arrived. */
  tokenTimes: number[]
  finishReason: string | null
  done: boolean
  /** The server's message about an error, sent in the stream or in place of an answer. */
  error: string | null
  /** What of the body could not be read. */
  invalid: string | null
  inputTokens: number | null
  cachedInputTokens: number | null
  outputTokens: number | null
  tokenSource: RequestRecord['tokenSource']
}

const NO_ANSWER: Answer = {
  tokenTimes: [],
  finishReason: null,
  done: false,
  error: null,
  invalid: null,
  inputTokens: null,
  cachedInputTokens: null,
  outputTokens: null,
  tokenSource: null,
}

/**
 * Reads a streamed answer, or null when the body is no event stream. Tokens are counted by the server's `usage`
 * (wherever in the stream; the last one, since a usage in every chunk is cumulative), else by llama.cpp's
 * `timings`, else by token-bearing events, which is a lower bound.
 */
export function readStreamedAnswer(pieces: readonly Buffer[], times: readonly number[]): Answer | null {
  const stream = readEvents(pieces, times)
  if (stream.knownLines === 0) return null
  const answer = { ...NO_ANSWER, tokenTimes: [] as number[] }
  for (const [index, event] of stream.events.entries()) {
    if (event.data.trim() === '[DONE]') {
      answer.done = true
      break
    }
    const chunk = parseChunk(event.data)
    if (event.type === 'error') {
      answer.error ??= (typeof chunk === 'string' ? null : errorText(chunk)) ?? oneLine(event.data)
      continue
    }
    if (typeof chunk === 'string') {
      if (!cutOff(stream, index)) answer.invalid ??= chunk
      continue
    }
    answer.error ??= errorText(chunk)
    const choices = chunk.choices ?? []
    if (choices.some(bearsToken)) answer.tokenTimes.push(event.atMs)
    answer.finishReason =
      choices.find(({ finish_reason }) => finish_reason)?.finish_reason ?? answer.finishReason
    countTokens(answer, chunk)
  }
  if (answer.outputTokens === null && answer.tokenTimes.length > 0) {
    answer.outputTokens = answer.tokenTimes.length
    answer.tokenSource = 'chunks'
  }
  return answer
}

/** Reads an answer that was not streamed, or null when the body is no JSON object of a completion endpoint. */
export function readWholeAnswer(body: string): Answer | null {
  const chunk = parseChunk(body)
  if (typeof chunk === 'string') return null
  const answer = { ...NO_ANSWER, error: errorText(chunk) }
  const choice = chunk.choices?.[0]
  if (answer.error === null && choice === undefined) return null
  answer.finishReason = choice?.finish_reason ?? null
  countTokens(answer, chunk)
  return answer
}

/** Tells whether a token-bearing event is among these pieces of an unfinished stream. */
export function hasToken(pieces: readonly Buffer[], times: readonly number[]): boolean {
  return (readStreamedAnswer(pieces, times)?.tokenTimes.length ?? 0) > 0
}

/** Returns the first line of a text that has something in it, cut to a length fit for a message. */
export function oneLine(text: string): string {
  const line = text.split(/[\r\n]+/).find((part) => part.trim() !== '') ?? ''
  return line.length > 300 ? `${line.slice(0, 300)}…` : line
}

function parseChunk(text: string): Chunk | string {
  try {
    const parsed = Chunk.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : `unexpected shape: ${oneLine(text)}`
  } catch {
    return `invalid JSON: ${oneLine(text)}`
  }
}

function cutOff(stream: EventStream, index: number): boolean {
  return stream.lastUnterminated && index === stream.events.length - 1
}

function bearsToken({ delta, text }: z.infer<typeof Choice>): boolean {
  if (isFilled(text)) return true
  if (!delta) return false
  return (
    isFilled(delta.content) ||
    isFilled(delta.reasoning_content) ||
    isFilled(delta.reasoning) ||
    isFilled(delta.refusal) ||
    isCall(delta.function_call) ||
    (delta.tool_calls?.some((call) => isCall(call.function)) ?? false)
  )
}

function isCall(call: z.infer<typeof Call>): boolean {
  return isFilled(call?.name) || isFilled(call?.arguments)
}

function isFilled(value: unknown): boolean {
  return (typeof value === 'string' || Array.isArray(value)) && value.length > 0
}

function countTokens(answer: Answer, { usage, timings }: Chunk): void {
  if (typeof usage?.completion_tokens === 'number') {
    answer.outputTokens = usage.completion_tokens
    answer.tokenSource = 'usage'
  } else if (typeof timings?.predicted_n === 'number' && answer.tokenSource !== 'usage') {
    answer.outputTokens = timings.predicted_n
    answer.tokenSource = 'timings'
  }
  const processed = typeof timings?.prompt_n === 'number' ? timings.prompt_n + (timings.cache_n ?? 0) : null
  answer.inputTokens = usage?.prompt_tokens ?? answer.inputTokens ?? processed
  answer.cachedInputTokens =
    usage?.prompt_tokens_details?.cached_tokens ?? timings?.cache_n ?? answer.cachedInputTokens
}

function errorText({ error, object, message }: Chunk): string | null {
  const isError = (error !== undefined && error !== null && error !== false) || object === 'error'
  if (!isError) return null
  const described = z.object({ message: z.string() }).safeParse(object === 'error' ? { message } : error)
  if (described.success) return oneLine(described.data.message)
  return oneLine(typeof error === 'string' ? error : JSON.stringify(error ?? 'error'))
}
