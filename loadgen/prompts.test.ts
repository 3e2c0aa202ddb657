import { expect, test } from 'vitest'
import { Workload } from '../domain/workload.ts'
import { planRequest, promptText, type PromptPlan } from './prompts.ts'
import { requestBody } from './request-body.ts'
import { asked } from './testing/chunks.ts'
import { WORDS } from './words.ts'

const plan = (synthetic: unknown, overrides: Partial<PromptPlan> = {}): PromptPlan => ({
  model: 'm',
  workload: Workload.parse({ prompts: { synthetic }, load: { concurrency: 1 } }),
  calibration: { tokensPerWord: 1.25, overheadTokens: 20, measured: true },
  stage: 'run',
  runSeed: 1,
  ...overrides,
})
const FIXED = { inputTokens: 100, outputTokens: 32 }
const RANGES = { inputTokens: { min: 50, max: 150 }, outputTokens: { min: 1, max: 9 } }

test('the word list has 256 different words', () => {
  expect(new Set(WORDS).size).toBe(256)
})

test('a prompt has the words that its length in tokens needs beside the template', () => {
  expect(asked(planRequest(plan(FIXED), 0).body)).toMatchObject({ words: 64, maxTokens: 32 })
})

test('a prompt shorter than the template still has a word', () => {
  expect(asked(planRequest(plan({ inputTokens: 5, outputTokens: 1 }), 0).body).words).toBe(1)
})

test('ten thousand prompts of a run all begin differently', () => {
  const beginnings = new Set<string>()
  for (let index = 0; index < 10_000; index += 1) beginnings.add(promptText(4, [1, 2, 3], index))
  expect(beginnings.size).toBe(10_000)
})

test('prompts rarely share even their first word', () => {
  const firsts = new Map<string, number>()
  for (let index = 0; index < 2560; index += 1) {
    const first = promptText(1, [1, 2, 3], index)
    firsts.set(first, (firsts.get(first) ?? 0) + 1)
  }
  expect(firsts.size).toBe(256)
  expect(Math.max(...firsts.values())).toBeLessThan(30)
})

test('a long prompt uses every word equally often', () => {
  const counts = new Map<string, number>()
  for (const word of promptText(4 + 256 * 3, [1], 0)
    .split(' ')
    .slice(4))
    counts.set(word, (counts.get(word) ?? 0) + 1)
  expect([...counts.values()].every((count) => count === 3)).toBe(true)
})

test('a request is the same for the same seeds and index, and other for any other', () => {
  const body = (overrides: Partial<PromptPlan>, index = 0) => planRequest(plan(FIXED, overrides), index).body
  expect(body({})).toBe(body({}))
  const others = [
    body({}),
    body({}, 1),
    body({ runSeed: 2 }),
    body({ stage: 'warmup' }),
    body({ attempt: 1 }),
  ]
  expect(new Set(others).size).toBe(5)
})

test('lengths from a range are drawn for each request and stay within it', () => {
  const requests = Array.from({ length: 500 }, (_, index) => planRequest(plan(RANGES), index))
  const outputs = new Set(requests.map(({ outputTokens }) => outputTokens))
  expect([...outputs].sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  const inputs = requests.map(({ inputTokens }) => inputTokens ?? NaN)
  expect(Math.min(...inputs)).toBeGreaterThanOrEqual(50)
  expect(Math.max(...inputs)).toBeLessThanOrEqual(150)
  expect(new Set(inputs).size).toBeGreaterThan(60)
})

test('another attempt changes the words and keeps the lengths', () => {
  for (let index = 0; index < 20; index += 1) {
    const first = planRequest(plan(RANGES), index)
    const second = planRequest(plan(RANGES, { attempt: 1 }), index)
    expect([second.inputTokens, second.outputTokens]).toEqual([first.inputTokens, first.outputTokens])
    expect(second.body).not.toBe(first.body)
  }
})

test('the warm-up begins with the greatest and the least lengths', () => {
  const warm = plan(RANGES, { stage: 'warmup' })
  expect(planRequest(warm, 0)).toMatchObject({ inputTokens: 150, outputTokens: 9 })
  expect(planRequest(warm, 1)).toMatchObject({ inputTokens: 50, outputTokens: 1 })
})

test('the body asks for a greedy stream of exact length with usage, in the form of each endpoint', () => {
  const common = {
    model: 'm',
    max_tokens: 5,
    temperature: 0,
    ignore_eos: true,
    stream: true,
    stream_options: { include_usage: true },
  }
  expect(JSON.parse(requestBody('m', 'chat', 'hi', 5))).toEqual({
    ...common,
    max_completion_tokens: 5,
    messages: [{ role: 'user', content: 'hi' }],
  })
  expect(JSON.parse(requestBody('m', 'completions', 'hi', 5))).toEqual({ ...common, prompt: 'hi' })
  const whole = { stream: false, stream_options: undefined }
  for (const body of [{ stream: false }, { extra: { stream: false } }])
    expect(JSON.parse(requestBody('m', 'completions', 'hi', 5, body))).toEqual({
      ...common,
      ...whole,
      prompt: 'hi',
    })
})
