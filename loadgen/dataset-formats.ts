import { z } from 'zod'
import type { FilePrompts } from '../domain/workload.ts'
import { DatasetError, readLines, readListElements, type Entry } from './dataset-files.ts'

/** What one entry of a dataset asks for. */
export type DatasetItem = { place: number; atMs: number | null } & (
  | { kind: 'text'; prompt: string; answerCharacters: number }
  | { kind: 'lengths'; inputTokens: number; outputTokens: number; blocks: number[] | null }
  | { kind: 'body'; body: Record<string, unknown> }
)

const Tokens = z.int().min(1).max(10_000_000)
const ShareGpt = z.object({
  conversations: z.array(z.object({ from: z.string(), value: z.string() })),
})
const Mooncake = z.object({
  timestamp: z.number().min(0).max(1e12),
  input_length: Tokens,
  output_length: Tokens,
  hash_ids: z.array(z.int().min(0)).max(100_000).nullish(),
})
const Body = z
  .looseObject({})
  .refine((body) => 'messages' in body || 'prompt' in body, 'neither messages nor prompt')
const BURST_COLUMNS = ['Timestamp', 'Request tokens', 'Response tokens'] as const

/** Yields what a dataset asks for, in its own order; throws a {@link DatasetError} at an entry that makes no sense. */
export async function* readDataset({ format, file }: FilePrompts): AsyncGenerator<DatasetItem> {
  switch (format) {
    case 'sharegpt':
      yield* readShareGpt(file)
      return
    case 'mooncake':
      yield* inOrder(file, readMooncake(file))
      return
    case 'burstgpt':
      yield* inOrder(file, readBurstGpt(file))
      return
    case 'requests':
      for await (const entry of readLines(file))
        yield { kind: 'body', place: entry.place, atMs: null, body: parse(file, entry, Body) }
  }
}

/** The first question of each conversation and the length of its answer. */
async function* readShareGpt(file: string): AsyncGenerator<DatasetItem> {
  for await (const entry of readListElements(file)) {
    const { conversations } = parse(file, entry, ShareGpt)
    const first = conversations.findIndex(({ from }) => from === 'human' || from === 'user')
    const [question, answer] = first === -1 ? [] : conversations.slice(first, first + 2)
    if (question === undefined || answer === undefined) continue
    yield {
      kind: 'text',
      place: entry.place,
      atMs: null,
      prompt: question.value,
      answerCharacters: answer.value.length,
    }
  }
}

async function* readMooncake(file: string): AsyncGenerator<DatasetItem> {
  for await (const entry of readLines(file)) {
    const { timestamp, input_length, output_length, hash_ids } = parse(file, entry, Mooncake)
    yield {
      kind: 'lengths',
      place: entry.place,
      atMs: timestamp,
      inputTokens: input_length,
      outputTokens: output_length,
      blocks: hash_ids ?? null,
    }
  }
}

/** Rows without an answer are requests that failed when the trace was taken; they are left out. */
async function* readBurstGpt(file: string): AsyncGenerator<DatasetItem> {
  let columns: Record<(typeof BURST_COLUMNS)[number], number> | null = null
  for await (const { place, text } of readLines(file)) {
    const cells = text.split(',').map((cell) => cell.trim())
    if (columns === null) {
      const [at, input, output] = BURST_COLUMNS.map((name) => cells.indexOf(name))
      if (at === undefined || input === undefined || output === undefined || Math.min(at, input, output) < 0)
        throw new DatasetError(`${file}:${place}: expected the columns ${BURST_COLUMNS.join(', ')}`)
      columns = { Timestamp: at, 'Request tokens': input, 'Response tokens': output }
      continue
    }
    const number = (name: (typeof BURST_COLUMNS)[number]) => {
      const cell = cells[columns?.[name] ?? -1] ?? ''
      const value = Number(cell)
      if (cell === '' || !Number.isFinite(value) || value < 0 || value > 1e9)
        throw new DatasetError(`${file}:${place}: ${name} is ${JSON.stringify(cell)}`)
      return value
    }
    const outputTokens = Math.round(number('Response tokens'))
    const inputTokens = Math.round(number('Request tokens'))
    const atMs = number('Timestamp') * 1000
    if (outputTokens === 0 || inputTokens === 0) continue
    yield { kind: 'lengths', place, atMs, inputTokens, outputTokens, blocks: null }
  }
  if (columns === null) throw new DatasetError(`${file} is empty`)
}

async function* inOrder(file: string, items: AsyncGenerator<DatasetItem>): AsyncGenerator<DatasetItem> {
  let lastMs = -Infinity
  for await (const item of items) {
    const atMs = item.atMs ?? 0
    if (atMs < lastMs)
      throw new DatasetError(
        `${file}:${item.place}: its time ${atMs / 1000} s is before the ${lastMs / 1000} s of the line above: sort the file`,
      )
    lastMs = atMs
    yield item
  }
}

function parse<Schema extends z.ZodType>(
  file: string,
  { place, text }: Entry,
  schema: Schema,
): z.infer<Schema> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new DatasetError(`${file}:${place}: not JSON: ${text.slice(0, 60)}`)
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const path = issue?.path.join('.') ?? ''
  throw new DatasetError(
    `${file}:${place}: ${path === '' ? '' : `${path}: `}${issue?.message ?? 'not as expected'}`,
  )
}
