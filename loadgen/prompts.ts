import { z } from 'zod'
import type { Workload } from '../domain/workload.ts'
import { mix32, seeded } from '../domain/random.ts'
import { STAGE_SEEDS, syntheticLengths, type Stage } from '../domain/request-lengths.ts'
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
 * stage and the index only.
 */
export function planRequest(plan: PromptPlan, index: number): PlannedRequest {
  const { model, workload, calibration } = plan
  if (!('synthetic' in workload.prompts)) throw new TypeError('the workload has no synthetic prompts')
  const { inputTokens, outputTokens } = syntheticLengths(workload.prompts.synthetic, plan, index)
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
