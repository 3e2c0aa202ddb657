import { describe, expect, test } from 'vitest'
import { hasToken, readStreamedAnswer, readWholeAnswer } from './answer.ts'
import { body } from './testing/body.ts'
import { choice, delta, DONE, event, ROLE, STOP, token, usage } from './testing/chunks.ts'

/** Reads a stream whose k-th event arrived at time k. */
function read(...events: string[]) {
  const answer = readStreamedAnswer(body(...events))
  if (answer === null) throw new Error('taken for no event stream')
  return answer
}

describe('token-bearing events', () => {
  test.each([
    ['content', delta({ content: 'a' })],
    ['text of a completion', choice({ text: 'a', finish_reason: null })],
    ['reasoning under one key', delta({ reasoning_content: 'a', content: null })],
    ['reasoning under the other key', delta({ reasoning: 'a' })],
    ['a refusal', delta({ refusal: 'no' })],
    [
      'the name of a tool call',
      delta({ content: null, tool_calls: [{ index: 0, function: { name: 'f' } }] }),
    ],
    ['arguments of a tool call', delta({ tool_calls: [{ index: 0, function: { arguments: '{' } }] })],
    ['a function call', delta({ function_call: { name: 'f', arguments: '' } })],
    ['reasoning and content in one delta', delta({ reasoning_content: 'a', content: 'b' })],
    ['a token on the chunk that finishes', choice({ delta: { content: 'a' }, finish_reason: 'length' })],
    ['a role with the first token', delta({ role: 'assistant', content: 'a' })],
    [
      'the second of two choices',
      event({
        choices: [
          { index: 0, delta: {} },
          { index: 1, delta: { content: 'a' } },
        ],
      }),
    ],
    [
      'content with logprobs',
      choice({ delta: { content: 'a' }, logprobs: { content: [{ token: 'a', logprob: -1 }] } }),
    ],
  ])('%s bears a token', (_, chunk) => {
    expect(read(': first\n\n', chunk).tokenTimes).toEqual([1])
  })

  test.each([
    ['a role alone', ROLE],
    ['a role with null content', delta({ role: 'assistant', content: null })],
    ['empty content', delta({ content: '' })],
    ['an empty delta', delta({})],
    ['no delta', choice({ finish_reason: null })],
    ['a null delta', choice({ delta: null })],
    ['no choices', event({ id: 1 })],
    ['an empty list of choices', event({ choices: [] })],
    ['null choices', event({ choices: null })],
    [
      'a tool call without name and arguments',
      delta({ tool_calls: [{ index: 0, id: 'x', function: { arguments: '' } }] }),
    ],
    ['an empty list of tool calls', delta({ tool_calls: [] })],
    ['a finish alone', STOP],
    ['usage alone', usage(1, 1)],
    ['a comment', ': ping\n\n'],
    ['[DONE]', DONE],
    ['an error', event({ error: { message: 'no' } })],
  ])('%s bears none', (_, chunk) => {
    expect(read(chunk)).toMatchObject({ tokenTimes: [], invalid: null })
  })

  test('empty chunks before and between tokens leave the times of tokens alone', () => {
    const answer = read(ROLE, delta({ content: '' }), token(), delta({ content: '' }), token(), STOP, DONE)
    expect(answer.tokenTimes).toEqual([2, 4])
  })

  test('reasoning first and content after are one sequence of tokens', () => {
    expect(read(delta({ reasoning: 'a' }), delta({ reasoning: 'b' }), token()).tokenTimes).toEqual([0, 1, 2])
  })

  test('an unfinished stream of comments and empty deltas has no token yet', () => {
    expect(hasToken(body(`: ping\n\n${ROLE}`))).toBe(false)
    expect(hasToken(body(ROLE + token()))).toBe(true)
  })
})

describe('token counts', () => {
  test('usage in a chunk of its own, with the finish, or in every chunk is found', () => {
    const counts = { prompt_tokens: 10, completion_tokens: 2 }
    const finish = event({ choices: [{ delta: {}, finish_reason: 'stop' }], usage: counts })
    const cumulative = (completion: number) =>
      event({
        choices: [{ delta: { content: 'a' } }],
        usage: { prompt_tokens: 10, completion_tokens: completion },
      })
    for (const answer of [
      read(token(), STOP, usage(10, 2), DONE),
      read(token(), finish, DONE),
      read(cumulative(1), cumulative(2), STOP, DONE),
    ]) {
      expect(answer).toMatchObject({ inputTokens: 10, outputTokens: 2, tokenSource: 'usage' })
    }
  })

  test('null usage is no usage', () => {
    const chunk = event({ choices: [{ delta: { content: 'a' } }], usage: null })
    expect(read(chunk, chunk, STOP, DONE)).toMatchObject({
      inputTokens: null,
      outputTokens: 2,
      tokenSource: 'chunks',
    })
  })

  test('without usage the timings of llama.cpp count, cached prompt tokens included', () => {
    const timed = event({
      choices: [{ delta: {}, finish_reason: 'length' }],
      timings: { prompt_n: 90, cache_n: 10, predicted_n: 7 },
    })
    expect(read(token(), timed, DONE)).toMatchObject({
      inputTokens: 100,
      cachedInputTokens: 10,
      outputTokens: 7,
      tokenSource: 'timings',
    })
  })

  test('usage goes before timings, in whatever order they come', () => {
    const timings = event({ choices: [], timings: { predicted_n: 7 } })
    expect(read(token(), timings, usage(1, 8))).toMatchObject({ outputTokens: 8, tokenSource: 'usage' })
    expect(read(token(), usage(1, 8), timings)).toMatchObject({ outputTokens: 8, tokenSource: 'usage' })
  })

  test('without either, token-bearing events count', () => {
    expect(read(ROLE, token(), token(), token(), STOP)).toMatchObject({
      outputTokens: 3,
      tokenSource: 'chunks',
    })
  })

  test('several tokens in a chunk count as the usage says, with one time each chunk', () => {
    expect(read(token('a b c'), token('d e'), STOP, usage(1, 5))).toMatchObject({
      outputTokens: 5,
      tokenTimes: [0, 1],
    })
  })

  test('a usage with every chunk tells how many tokens each event carried', () => {
    const carrying = (total: number) =>
      event({
        choices: [{ delta: { content: 'a b' } }],
        usage: { prompt_tokens: 1, completion_tokens: total },
      })
    expect(read(ROLE, carrying(2), carrying(3), STOP, usage(1, 3))).toMatchObject({
      tokenTotals: [2, 3],
      outputTokens: 3,
    })
    expect(read(token(), token(), usage(1, 2)).tokenTotals).toEqual([])
  })

  test('cached prompt tokens are read from the details of the usage', () => {
    expect(read(token(), usage(100, 1, 64)).cachedInputTokens).toBe(64)
    expect(read(token(), usage(100, 1)).cachedInputTokens).toBeNull()
  })
})

describe('ends and errors', () => {
  test('finish_reason is found in a chunk of its own and on the last token', () => {
    expect(read(token(), STOP).finishReason).toBe('length')
    expect(read(choice({ delta: { content: 'a' }, finish_reason: 'stop' }), usage(1, 1)).finishReason).toBe(
      'stop',
    )
  })

  test('what follows [DONE] is not read', () => {
    expect(read(token(), DONE, token(), DONE)).toMatchObject({ done: true, tokenTimes: [0] })
  })

  test.each([
    ['an error object', event({ error: { message: 'out of memory', code: 500 } })],
    ['an error text', event({ error: 'out of memory' })],
    ['an object that is an error', event({ object: 'error', message: 'out of memory', code: 500 })],
    ['an event named error', 'event: error\ndata: {"error":{"message":"out of memory"}}\n\n'],
    ['an event named error with plain text', 'event: error\ndata: out of memory\n\n'],
  ])('%s in the stream is the error of the answer', (_, chunk) => {
    expect(read(token(), chunk, DONE).error).toBe('out of memory')
  })

  test('null under error is no error', () => {
    expect(read(event({ error: null, choices: [{ delta: { content: 'a' } }] }))).toMatchObject({
      error: null,
      tokenTimes: [0],
    })
  })

  test('invalid JSON in one chunk is remembered and the rest read', () => {
    expect(read(token(), 'data: {"choices": [\n\n', token())).toMatchObject({
      invalid: 'invalid JSON: {"choices": [',
      tokenTimes: [0, 2],
    })
    expect(read(event({ choices: 'none' })).invalid).toMatch('unexpected shape')
  })

  test('an event that the end cut off is not called invalid', () => {
    expect(read(token(), 'data: {"choices": [').invalid).toBeNull()
  })

  test('a body that is no event stream is none', () => {
    expect(readStreamedAnswer(body('<html></html>'))).toBeNull()
    expect(readStreamedAnswer(body('{"error": {"message": "no"}}'))).toBeNull()
  })
})

describe('answers that were not streamed', () => {
  test('have counts but no token times', () => {
    const body = {
      choices: [{ message: { content: 'hi' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 3, completion_tokens: 2 },
    }
    expect(readWholeAnswer(JSON.stringify(body))).toMatchObject({
      tokenTimes: [],
      finishReason: 'stop',
      inputTokens: 3,
      outputTokens: 2,
      tokenSource: 'usage',
    })
  })

  test('an error is read, other JSON and other text is no answer', () => {
    expect(readWholeAnswer('{"error":{"message":"no such model"}}')?.error).toBe('no such model')
    expect(readWholeAnswer('{"status":"ok"}')).toBeNull()
    expect(readWholeAnswer('<html>')).toBeNull()
  })
})
