import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import type { FilePrompts } from '../domain/workload.ts'
import { Workload } from '../domain/workload.ts'
import { datasetSource } from './dataset-source.ts'
import { DatasetError } from './dataset-files.ts'
import type { PlannedRequest } from './request-source.ts'
import { asked } from './testing/chunks.ts'

const EXAMPLES = join(import.meta.dirname, '../examples/datasets')
const folder = mkdtempSync(join(tmpdir(), 'redline-datasets-'))
afterAll(() => rmSync(folder, { recursive: true }))

type Format = FilePrompts['format']

function written(text: string): string {
  const file = join(folder, `${Math.random()}`)
  writeFileSync(file, text)
  return file
}

async function requestsOf(
  format: Format,
  file: string,
  { speedUp = null as number | null, shard = { index: 0, of: 1 }, runSeed = 1, slowly = false } = {},
): Promise<PlannedRequest[]> {
  const workload = Workload.parse({ prompts: { dataset: { format, file } }, load: { concurrency: 1 } })
  const calibration = { tokensPerWord: 1, overheadTokens: 0, measured: true }
  const plan = { model: 'm', workload, calibration, stage: 'run' as const, runSeed }
  const source = datasetSource(plan, { format, file }, shard, speedUp)
  const requests: PlannedRequest[] = []
  for (let next = await source.next(); next !== null; next = await source.next()) {
    requests.push(next)
    if (slowly) await setImmediate()
  }
  return requests
}
const textOf = ({ body }: PlannedRequest) => asked(body).text
const wordsOf = (request: PlannedRequest) => textOf(request).split(' ')

describe('a Mooncake trace', () => {
  test('gives lengths, times and prompts that begin alike where blocks are the same', async () => {
    const requests = await requestsOf('mooncake', join(EXAMPLES, 'mooncake.jsonl'), { speedUp: 2 })
    expect(requests.map(({ dueMs }) => dueMs)).toEqual([0, 75, 200, 450])
    expect(requests.map((request) => wordsOf(request).length)).toEqual([600, 560, 90, 1100])
    expect(requests.map(({ outputTokens }) => outputTokens)).toEqual([12, 8, 16, 10])
    const [first, second, third, fourth] = requests.map(wordsOf)
    expect(second!.slice(0, 512)).toEqual(first!.slice(0, 512))
    expect(fourth!.slice(0, 600)).toEqual(first)
    expect(third!.slice(0, 4)).not.toEqual(first!.slice(0, 4))
  })

  test('has other text in another run', async () => {
    const file = join(EXAMPLES, 'mooncake.jsonl')
    const [one, two] = [
      await requestsOf('mooncake', file),
      await requestsOf('mooncake', file, { runSeed: 2 }),
    ]
    expect(textOf(one[0]!)).not.toBe(textOf(two[0]!))
  })
})

test('BurstGPT gives lengths and times, without the requests that failed', async () => {
  const requests = await requestsOf('burstgpt', join(EXAMPLES, 'burstgpt.csv'), { speedUp: 1 })
  expect(requests.map(({ dueMs }) => dueMs)).toEqual([0, 40_000, 113_000])
  expect(requests.map(({ inputTokens, outputTokens }) => [inputTokens, outputTokens])).toEqual([
    [472, 18],
    [108, 23],
    [417, 27],
  ])
})

test('ShareGPT gives the first question, and answers of about the length there', async () => {
  const requests = await requestsOf('sharegpt', join(EXAMPLES, 'sharegpt.json'))
  expect(requests).toHaveLength(2)
  expect(textOf(requests[0]!)).toMatch(/^Which of the planets/)
  expect(asked(requests[1]!.body).maxTokens).toBe(13)
})

test('requests are sent as they are, under the model that is asked for', async () => {
  const [first] = await requestsOf('requests', join(EXAMPLES, 'requests.jsonl'))
  expect(JSON.parse(first!.body)).toEqual({
    messages: [{ role: 'user', content: 'Name three rivers.' }],
    max_tokens: 12,
    model: 'm',
    stream: true,
    stream_options: { include_usage: true },
  })
  const [whole] = await requestsOf('requests', written('{"prompt": "hi", "stream": false}'))
  expect(JSON.parse(whole!.body)).toEqual({ prompt: 'hi', model: 'm', stream: false })
})

test('threads share a dataset without loss', async () => {
  const lines = Array.from({ length: 1000 }, (_, index) =>
    JSON.stringify({ prompt: String(index), max_tokens: 1 }),
  )
  const file = written(lines.join('\n'))
  const parts = await Promise.all(
    [0, 1, 2].map((index) => requestsOf('requests', file, { shard: { index, of: 3 } })),
  )
  const all = parts.flat().map((request) => Number(textOf(request)))
  expect(all.sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, index) => index))
})

test('a list may be split anywhere by the reading and hold brackets in its text', async () => {
  const conversations = (value: string) => [
    { from: 'human', value },
    { from: 'gpt', value: 'answer '.repeat(5) },
  ]
  const tricky = 'a ]} "quoted" [{ text with a \\ backslash and ünïcödé, long enough to stay '
  const list = Array.from({ length: 3000 }, (_, id) => ({ id, conversations: conversations(tricky + id) }))
  const requests = await requestsOf('sharegpt', written(JSON.stringify(list, null, 1)))
  expect(requests).toHaveLength(3000)
  expect(textOf(requests[2999]!)).toBe(`${tricky}2999`)
})

const moon = (...lines: object[]) => written(lines.map((line) => JSON.stringify(line)).join('\n'))
const entry = { timestamp: 5, input_length: 10, output_length: 5 }

test.each<[string, Format, () => string, RegExp]>([
  ['a file that is not there', 'mooncake', () => join(folder, 'none'), /there is no file/],
  ['a folder', 'requests', () => folder, /is a folder/],
  ['a line that is no JSON', 'requests', () => written('{"prompt":"a"}\n{oops'), /:2: not JSON: \{oops/],
  [
    'a body that asks nothing',
    'requests',
    () => written('{"max_tokens":3}'),
    /:1: neither messages nor prompt/,
  ],
  [
    'times out of order',
    'mooncake',
    () => moon(entry, { ...entry, timestamp: 4 }),
    /:2: its time .* sort the file/,
  ],
  ['a length below one', 'mooncake', () => moon(entry, { ...entry, input_length: -3 }), /:2: input_length/],
  ['an absurd length', 'mooncake', () => moon({ ...entry, output_length: 1e9 }), /:1: output_length/],
  [
    'a time that is no number',
    'burstgpt',
    () => written('Timestamp,Request tokens,Response tokens\nx,1,2'),
    /:2: Timestamp is "x"/,
  ],
  ['missing columns', 'burstgpt', () => written('a,b\n1,2'), /:1: expected the columns/],
  ['no list', 'sharegpt', () => written('{"a":1}'), /holds no list/],
  ['a list that is cut off', 'sharegpt', () => written('[{"conversations": ['), /ends within element 1/],
  ['nothing to send', 'sharegpt', () => written('[]'), /no request that can be sent/],
])('%s is told with its place', async (_, format, file, message) => {
  await expect(requestsOf(format, file())).rejects.toThrow(message)
  await expect(requestsOf(format, file())).rejects.toThrow(DatasetError)
})

test('a line that makes no sense is told also when it was read ahead of need', async () => {
  const file = written('{"prompt":"a"}\n'.repeat(300) + '{oops')
  await expect(requestsOf('requests', file, { slowly: true })).rejects.toThrow(/:301: not JSON: \{oops/)
})

test('a dataset without times cannot be replayed', async () => {
  await expect(requestsOf('sharegpt', join(EXAMPLES, 'sharegpt.json'), { speedUp: 1 })).rejects.toThrow(
    'no times',
  )
})
