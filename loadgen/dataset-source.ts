import type { FilePrompts } from '../domain/workload.ts'
import { DatasetError } from './dataset-files.ts'
import { readDataset, type DatasetItem } from './dataset-formats.ts'
import { promptText, sizedText, textSeeds, wordsFor, type PromptPlan } from './prompts.ts'
import { bodyText, requestBody } from './request-body.ts'
import type { PlannedRequest, RequestSource, Shard } from './request-source.ts'

/** Read ahead, so that no request waits for the disk. */
const AHEAD = 256
const BLOCK = 21
/** Tokens that one block of a Mooncake trace stands for. */
const BLOCK_TOKENS = 512
/** Characters of English to a token, where no tokenizer says. */
const CHARACTERS_PER_TOKEN = 4
/** As vLLM's benchmark does: what is shorter or longer is left out. */
const SHAREGPT = { minTokens: 4, maxPrompt: 1024, maxTotal: 2048 }

/**
 * Requests from a file, in its order, read a little ahead of need. With `speedUp` each is due at its own time,
 * counted from the first one's and divided by that.
 */
export function datasetSource(
  plan: PromptPlan,
  prompts: FilePrompts,
  shard: Shard,
  speedUp: number | null,
): RequestSource {
  const requests = plannedFrom(plan, prompts, speedUp)
  const ready: PlannedRequest[] = []
  let position = 0
  let ended = false
  let filling: Promise<void> | null = null
  /** Of reading ahead, for which nobody waits: it is told when what was read is used up. */
  let failure: { error: unknown } | null = null

  async function fill(): Promise<void> {
    if (failure !== null) throw failure.error
    try {
      while (ready.length < AHEAD && !ended) {
        const { value, done } = await requests.next()
        if (done === true) ended = true
        else if (position++ % shard.of === shard.index) ready.push(value)
      }
    } catch (error) {
      failure = { error }
      throw error
    }
  }
  const refill = () => {
    filling ??= fill().finally(() => (filling = null))
    return filling
  }
  async function waitForNext(): Promise<PlannedRequest | null> {
    await refill()
    return ready.shift() ?? null
  }

  return {
    next() {
      if (ready.length < AHEAD / 2 && !ended && ready.length > 0) refill().catch(() => undefined)
      return ready.shift() ?? (ended ? null : waitForNext())
    },
    ready: refill,
    close: () => void requests.return(undefined),
  }
}

async function* plannedFrom(
  plan: PromptPlan,
  prompts: FilePrompts,
  speedUp: number | null,
): AsyncGenerator<PlannedRequest, undefined> {
  let index = 0
  let firstMs: number | null = null
  for await (const item of readDataset(prompts)) {
    const request = planItem(plan, item, index)
    if (request === null) continue
    index += 1
    if (speedUp !== null) {
      if (item.atMs === null)
        throw new DatasetError(`${prompts.file}: ${prompts.format} has no times that could be replayed`)
      firstMs ??= item.atMs
      yield { ...request, dueMs: (item.atMs - firstMs) / speedUp }
    } else yield request
  }
  if (index === 0) throw new DatasetError(`${prompts.file} has no request that can be sent`)
  return undefined
}

function planItem(plan: PromptPlan, item: DatasetItem, index: number): PlannedRequest | null {
  const { model, workload, calibration } = plan
  const body = (text: string, tokens: number) =>
    requestBody(model, workload.endpoint, text, tokens, plan.body)
  switch (item.kind) {
    case 'body': {
      const { stream = true, extra = {} } = plan.body ?? {}
      const streamed = { stream, stream_options: { include_usage: true }, ...item.body, model }
      return {
        inputTokens: null,
        outputTokens: null,
        body: bodyText(streamed, extra),
      }
    }
    case 'text': {
      const inputTokens = Math.ceil(item.prompt.length / CHARACTERS_PER_TOKEN)
      const outputTokens = Math.ceil(item.answerCharacters / CHARACTERS_PER_TOKEN)
      const tooShort = Math.min(inputTokens, outputTokens) < SHAREGPT.minTokens
      if (tooShort || inputTokens > SHAREGPT.maxPrompt || inputTokens + outputTokens > SHAREGPT.maxTotal)
        return null
      // Both lengths are estimates, so neither is held against the answer.
      return { inputTokens: null, outputTokens: null, body: body(item.prompt, outputTokens) }
    }
    case 'lengths': {
      const { inputTokens, outputTokens, blocks } = item
      const words = wordsFor(inputTokens, calibration)
      const text =
        blocks === null ? sizedText(plan, words, textSeeds(plan), index) : blockText(plan, blocks, words)
      const shared = blocks === null ? {} : { sharedTokens: Infinity }
      return { inputTokens, outputTokens, ...shared, body: body(text, outputTokens) }
    }
  }
}

/** Text in blocks: equal ids give equal text within a run, and other text in the next. */
function blockText(plan: PromptPlan, blocks: readonly number[], words: number): string {
  const perBlock = Math.max(1, Math.round(BLOCK_TOKENS / plan.calibration.tokensPerWord))
  const texts: string[] = plan.calibration.start === undefined ? [] : [plan.calibration.start]
  let left = words
  for (const id of blocks) {
    if (left <= 0) break
    texts.push(promptText(Math.min(left, perBlock), [...textSeeds(plan), BLOCK], id, plan.calibration.words))
    left -= perBlock
  }
  if (left > 0)
    texts.push(promptText(left, [...textSeeds(plan), BLOCK], -1 - blocks.length, plan.calibration.words))
  return texts.join(' ')
}
