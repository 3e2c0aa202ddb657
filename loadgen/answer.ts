import { z } from 'zod'
import type { RequestRecord } from '../domain/measurement.ts'
import { readEvents, type StampedBody } from './sse.ts'
import { TokenTemplate } from './token-template.ts'

const Usage = z.object({
  prompt_tokens: z.int().nullish(),
  completion_tokens: z.int().nullish(),
  prompt_tokens_details: z.object({ cached_tokens: z.int().nullish() }).nullish(),
  completion_tokens_details: z.object({ reasoning_tokens: z.int().nullish() }).nullish(),
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
  /** Output tokens so far at each token-bearing event that came with a count. */
  tokenTotals: number[]
  /** When each event with data arrived, those without a token included. */
  eventTimes: number[]
  /** When the first event with choices arrived, and the first with a token that is no reasoning. */
  firstResponse: number | null
  firstOutput: number | null
  /** What was answered, without reasoning; empty unless asked for. */
  text: string
  /** The reasoning; empty unless the text was asked for. */
  reasoning: string
  finishReason: string | null
  done: boolean
  /** The server's message about an error, sent in the stream or in place of an answer. */
  error: string | null
  /** What of the body could not be read. */
  invalid: string | null
  inputTokens: number | null
  cachedInputTokens: number | null
  outputTokens: number | null
  reasoningTokens: number | null
  tokenSource: RequestRecord['tokenSource']
}

const NO_ANSWER: Answer = {
  tokenTimes: [],
  tokenTotals: [],
  eventTimes: [],
  firstResponse: null,
  firstOutput: null,
  text: '',
  reasoning: '',
  finishReason: null,
  done: false,
  error: null,
  invalid: null,
  inputTokens: null,
  cachedInputTokens: null,
  outputTokens: null,
  reasoningTokens: null,
  tokenSource: null,
}

export interface AnswerOptions {
  /** Gather the text of the answer. */
  text?: boolean
  /** Counts the tokens of answers that come without a count. */
  countTokens?: ((text: string) => number) | undefined
}

/**
 * Reads a streamed answer, or null when the body is no event stream. Tokens are counted by the server's `usage`
 * (wherever in the stream; the last one, since a usage in every chunk is cumulative), else by llama.cpp's
 * `timings`, else by the tokenizer given, else by token-bearing events, which is a lower bound.
 */
export function readStreamedAnswer(stamped: StampedBody, options: AnswerOptions = {}): Answer | null {
  const answer: Answer = { ...NO_ANSWER, tokenTimes: [], tokenTotals: [], eventTimes: [] }
  const template = new TokenTemplate()
  // What the last event could not be read for; it does not count when the end of the body cut that event off.
  let lastInvalid: string | null = null
  const stream = readEvents(stamped, {
    ...(options.text === true
      ? {}
      : {
          skim: (body: Buffer, start: number) => template.match(body, start),
          skimmed: (atMs: number) => {
            answer.tokenTimes.push(atMs)
            answer.eventTimes.push(atMs)
          },
        }),
    take(event, start, end) {
      answer.invalid ??= lastInvalid
      lastInvalid = null
      answer.eventTimes.push(event.atMs)
      if (event.data.trim() === '[DONE]') {
        answer.done = true
        return false
      }
      const chunk = parseChunk(event.data)
      if (event.type === 'error') {
        answer.error ??= (typeof chunk === 'string' ? null : errorText(chunk)) ?? oneLine(event.data)
        return true
      }
      if (typeof chunk === 'string') lastInvalid = chunk
      else if (takeChunk(answer, chunk, event.atMs, options)) template.learn(stamped.body, start, end)
      return true
    },
  })
  if (stream.knownLines === 0) return null
  if (!stream.lastUnterminated) answer.invalid ??= lastInvalid
  if (answer.outputTokens === null && options.countTokens !== undefined) {
    const said = options.text === true ? answer : readStreamedAnswer(stamped, { text: true })
    countText(answer, said, options.countTokens)
  }
  if (answer.outputTokens === null && answer.tokenTimes.length > 0) {
    answer.outputTokens = answer.tokenTimes.length
    answer.tokenSource = 'chunks'
  }
  return answer
}

/** Adds a chunk to the answer; tells whether it was a token and nothing else. */
function takeChunk(answer: Answer, chunk: Chunk, atMs: number, options: AnswerOptions): boolean {
  const error = errorText(chunk)
  answer.error ??= error
  const choices = chunk.choices ?? []
  if (choices.length > 0) answer.firstResponse ??= atMs
  const bears = choices.some(bearsToken)
  const output = bears && choices.some(bearsOutput)
  if (bears) {
    answer.tokenTimes.push(atMs)
    if (typeof chunk.usage?.completion_tokens === 'number')
      answer.tokenTotals.push(chunk.usage.completion_tokens)
  }
  if (output) answer.firstOutput ??= atMs
  const finish = choices.find(({ finish_reason }) => finish_reason)?.finish_reason ?? null
  answer.finishReason = finish ?? answer.finishReason
  if (options.text === true) {
    answer.text += contentOf(choices[0])
    answer.reasoning += reasoningOf(choices[0])
  }
  countTokens(answer, chunk)
  return bears && finish === null && error === null && chunk.usage == null && chunk.timings == null
}

/** Reads an answer that was not streamed, or null when the body is no JSON object of a completion endpoint. */
export function readWholeAnswer(body: string, options: AnswerOptions = {}): Answer | null {
  const chunk = parseChunk(body)
  if (typeof chunk === 'string') return null
  const answer = { ...NO_ANSWER, error: errorText(chunk) }
  const choice = chunk.choices?.[0]
  if (answer.error === null && choice === undefined) return null
  answer.finishReason = choice?.finish_reason ?? null
  const said = { text: contentOf(choice), reasoning: reasoningOf(choice) }
  if (options.text === true) Object.assign(answer, said)
  countTokens(answer, chunk)
  if (answer.outputTokens === null && options.countTokens !== undefined)
    countText(answer, said, options.countTokens)
  return answer
}

/** Tells whether a token-bearing event is in an unfinished stream. */
export function hasToken(stamped: StampedBody): boolean {
  return (readStreamedAnswer(stamped)?.tokenTimes.length ?? 0) > 0
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

function bearsOutput({ delta, text }: z.infer<typeof Choice>): boolean {
  if (isFilled(text)) return true
  return (
    isFilled(delta?.content) ||
    isFilled(delta?.refusal) ||
    isCall(delta?.function_call) ||
    (delta?.tool_calls?.some((call) => isCall(call.function)) ?? false)
  )
}

function contentOf(choice: z.infer<typeof Choice> | undefined): string {
  const content = choice?.text ?? choice?.delta?.content ?? choice?.message?.content
  return typeof content === 'string' ? content : ''
}

function reasoningOf(choice: z.infer<typeof Choice> | undefined): string {
  const { reasoning_content, reasoning } = choice?.delta ?? choice?.message ?? {}
  const text = reasoning_content ?? reasoning
  return typeof text === 'string' ? text : ''
}

/** Counts by a tokenizer; what was said in tool calls alone has no text to count. */
function countText(
  answer: Answer,
  said: Pick<Answer, 'text' | 'reasoning'> | null,
  count: (text: string) => number,
): void {
  const tokens = [said?.reasoning ?? '', said?.text ?? ''].reduce(
    (sum, text) => sum + (text === '' ? 0 : count(text)),
    0,
  )
  if (tokens === 0) return
  answer.outputTokens = tokens
  answer.tokenSource = 'tokenizer'
}

function isCall(call: z.infer<typeof Call> | undefined): boolean {
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
  answer.reasoningTokens = usage?.completion_tokens_details?.reasoning_tokens ?? answer.reasoningTokens
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
