import { z } from 'zod'
import type { TokenLength, Workload } from '../domain/workload.ts'
import { mix32, seeded } from './random.ts'
import { WORDS } from './words.ts'

/** How many tokens the endpoint's model makes of our words; see `calibratePrompts`. */
export const PromptCalibration = z.object({
  tokensPerWord: z.number().positive(),
  overheadTokens: z
    .number()
    .min(0)
    .meta({ description: 'Tokens of the chat template and the start of the text.' }),
  measured: z
    .boolean()
    .meta({ description: 'False when the endpoint reports no usage and these are guesses.' }),
})
export type PromptCalibration = z.infer<typeof PromptCalibration>

/** What is being done with an endpoint: each stage sends prompts of its own. */
export type Stage = 'warmup' | 'run'
const STAGE_SEEDS: Record<Stage, number> = { warmup: 1, run: 2 }
const LENGTHS = 1
const TEXT = 2

/** One request to send: its JSON body and the lengths it is meant to have, in tokens. */
export interface PlannedRequest {
  inputTokens: number
  outputTokens: number
  body: string
}

export interface PromptPlan {
  model: string
  workload: Workload
  calibration: PromptCalibration
  stage: Stage
  runSeed: number
  /** Changes the words, not the lengths; 0 when left out. */
  attempt?: number | undefined
}

/**
 * Returns the request with this index: lengths and words depend on the seeds of the workload and the run, the
 * stage and the index only. The warm-up's first two requests have the greatest and the least lengths.
 */
export function planRequest(
  { model, workload, calibration, stage, runSeed, attempt = 0 }: PromptPlan,
  index: number,
): PlannedRequest {
  const { inputTokens: input, outputTokens: output } = workload.prompts.synthetic
  const random = seeded(workload.seed, runSeed, STAGE_SEEDS[stage], LENGTHS, index)
  const shape = stage === 'warmup' ? index : -1
  const length = (wanted: TokenLength) => {
    if (typeof wanted === 'number') return wanted
    return shape === 0 ? wanted.max : shape === 1 ? wanted.min : random.between(wanted.min, wanted.max)
  }
  const inputTokens = length(input)
  const outputTokens = length(output)
  const words = Math.max(
    1,
    Math.round((inputTokens - calibration.overheadTokens) / calibration.tokensPerWord),
  )
  const text = promptText(words, [workload.seed, runSeed, STAGE_SEEDS[stage], attempt], index)
  return { inputTokens, outputTokens, body: requestBody(model, workload.endpoint, text, outputTokens) }
}

/**
 * Returns a text of so many words. It begins with four words that spell its index, scrambled by the seeds, so
 * that no two prompts of a run share a prefix worth caching; the others are drawn without return from the whole
 * list, again and again, so that long texts cost the same tokens per word.
 */
export function promptText(words: number, seeds: readonly number[], index: number): string {
  const salt = seeded(...seeds).next()
  const id = mix32(mix32(index) ^ salt)
  const text: string[] = []
  for (let digit = 0; digit < 4 && digit < words; digit += 1)
    text.push(WORDS[(id >>> (8 * digit)) & 255] ?? '')
  const random = seeded(...seeds, TEXT, index)
  const bag = [...WORDS]
  for (let left = bag.length; text.length < words; left -= 1) {
    if (left === 0) left = bag.length
    const drawn = random.between(0, left - 1)
    const word = bag[drawn] ?? ''
    bag[drawn] = bag[left - 1] ?? ''
    bag[left - 1] = word
    text.push(word)
  }
  return text.join(' ')
}

/**
 * Returns the JSON body of a streaming completion request that is to generate exactly `outputTokens` tokens:
 * greedy, the end token ignored. Servers that know no `ignore_eos` may stop earlier or refuse it.
 */
export function requestBody(
  model: string,
  endpoint: Workload['endpoint'],
  text: string,
  outputTokens: number,
): string {
  const prompt = endpoint === 'chat' ? { messages: [{ role: 'user', content: text }] } : { prompt: text }
  return JSON.stringify({
    model,
    ...prompt,
    max_tokens: outputTokens,
    temperature: 0,
    ignore_eos: true,
    stream: true,
    stream_options: { include_usage: true },
  })
}
