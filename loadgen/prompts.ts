import { z } from 'zod'
import type { Workload } from '../domain/workload.ts'
import { drawLength, lengthRange } from './lengths.ts'
import { mix32, seeded } from '../domain/random.ts'
import { requestBody, type BodyOptions } from './request-body.ts'
import type { PlannedRequest } from './request-source.ts'
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
  words: z
    .array(z.string())
    .min(1)
    .optional()
    .meta({ description: 'Words of one token each by the tokenizer, after a space: lengths are exact.' }),
  start: z.string().optional().meta({ description: 'What each text begins with; among the overhead.' }),
})
export type PromptCalibration = z.infer<typeof PromptCalibration>

/** What is being done with an endpoint: each stage sends prompts of its own. */
export type Stage = 'warmup' | 'run'
export const STAGE_SEEDS: Record<Stage, number> = { warmup: 1, run: 2 }
const LENGTHS = 1
const TEXT = 2

export interface PromptPlan {
  model: string
  workload: Workload
  calibration: PromptCalibration
  stage: Stage
  runSeed: number
  /** Changes the words, not the lengths; 0 when left out. */
  attempt?: number | undefined
  body?: BodyOptions | undefined
}

/** Returns the seeds of the words of a plan. */
export function textSeeds({ workload, runSeed, stage, attempt = 0 }: PromptPlan): number[] {
  return [workload.seed, runSeed, STAGE_SEEDS[stage], attempt]
}

/**
 * Returns the synthetic request with this index: lengths and words depend on the seeds of the workload and the run, the
 * stage and the index only. The warm-up's first two requests have the greatest and the least lengths.
 */
export function planRequest(plan: PromptPlan, index: number): PlannedRequest {
  const { model, workload, calibration, stage, runSeed } = plan
  if (!('synthetic' in workload.prompts)) throw new TypeError('the workload has no synthetic prompts')
  const { inputTokens: input, outputTokens: output } = workload.prompts.synthetic
  const random = seeded(workload.seed, runSeed, STAGE_SEEDS[stage], LENGTHS, index)
  const draw = (length: typeof input) => {
    if (stage === 'warmup' && index === 0) return lengthRange(length).max
    if (stage === 'warmup' && index === 1) return lengthRange(length).min
    return drawLength(length, random)
  }
  const inputTokens = draw(input)
  const outputTokens = draw(output)
  const text = sizedText(plan, wordsFor(inputTokens, calibration), textSeeds(plan), index)
  return {
    inputTokens,
    outputTokens,
    body: requestBody(model, workload.endpoint, text, outputTokens, plan.body),
  }
}

/** Returns a text of so many of the calibration's words, after its start. */
export function sizedText(
  { calibration: { words, start } }: Pick<PromptPlan, 'calibration'>,
  count: number,
  seeds: readonly number[],
  index: number,
): string {
  const text = promptText(count, seeds, index, words)
  return start === undefined ? text : `${start} ${text}`
}

/** Returns how many words come nearest to so many tokens, at least one. */
export function wordsFor(tokens: number, { overheadTokens, tokensPerWord }: PromptCalibration): number {
  return Math.max(1, Math.round((tokens - overheadTokens) / tokensPerWord))
}

/**
 * Returns a text of so many words. It begins with four words that spell its index, scrambled by the seeds, so
 * that no two prompts of a run share a prefix worth caching; the others are drawn without return from the whole
 * list, again and again, so that long texts cost the same tokens per word.
 */
export function promptText(
  words: number,
  seeds: readonly number[],
  index: number,
  from: readonly string[] = WORDS,
): string {
  const salt = seeded(...seeds).next()
  let id = mix32(mix32(index) ^ salt)
  const text: string[] = []
  for (let digit = 0; digit < 4 && digit < words; digit += 1) {
    text.push(from[id % from.length] ?? '')
    id = Math.floor(id / from.length)
  }
  const random = seeded(...seeds, TEXT, index)
  const bag = [...from]
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
