import { drawLength, lengthRange } from './lengths.ts'
import { seeded, type Random } from './random.ts'
import type { Prompts, TokenLength } from './workload.ts'

/** What is being done with an endpoint: each stage sends prompts of its own. */
export type Stage = 'warmup' | 'run'
export const STAGE_SEEDS: Record<Stage, number> = { warmup: 1, run: 2 }
const KIND_SEEDS = { synthetic: 1, prefixGroups: 12, multiTurn: 13 }

/** What lengths depend on. */
export interface LengthPlan {
  workload: { seed: number }
  stage: Stage
  runSeed: number
}

export interface RequestLengths {
  inputTokens: number
  outputTokens: number
}

/** The turns of a conversation. */
export type Turns = [RequestLengths, ...RequestLengths[]]

type Of<Kind extends string> = Extract<Prompts, Record<Kind, unknown>>
type Drawn<Kind extends keyof typeof KIND_SEEDS> = Of<Kind>[Kind & keyof Of<Kind>]

/** Returns the lengths of the synthetic request with this index; the warm-up's first two have the greatest and the least. */
export function syntheticLengths(
  { inputTokens, outputTokens }: Drawn<'synthetic'>,
  plan: LengthPlan,
  index: number,
): RequestLengths {
  const random = source('synthetic', plan, index)
  const draw = (length: TokenLength) => {
    if (plan.stage === 'warmup' && index === 0) return lengthRange(length).max
    if (plan.stage === 'warmup' && index === 1) return lengthRange(length).min
    return drawLength(length, random)
  }
  return { inputTokens: draw(inputTokens), outputTokens: draw(outputTokens) }
}

/** Returns the lengths of the request with this index that shares its beginning with others; a chat template comes on top. */
export function prefixLengths(
  { prefixTokens, suffixTokens, outputTokens }: Drawn<'prefixGroups'>,
  plan: LengthPlan,
  index: number,
): RequestLengths {
  return {
    inputTokens: prefixTokens + suffixTokens,
    outputTokens: drawLength(outputTokens, source('prefixGroups', plan, index)),
  }
}

/** Returns what each turn of the conversation with this index adds. */
export function conversationLengths(
  { turns, inputTokens, outputTokens }: Drawn<'multiTurn'>,
  plan: LengthPlan,
  index: number,
): Turns {
  const random = source('multiTurn', plan, index)
  const count = typeof turns === 'number' ? turns : random.between(turns.min, turns.max)
  const turn = () => {
    const input = drawLength(inputTokens, random)
    return { inputTokens: input, outputTokens: drawLength(outputTokens, random) }
  }
  return [turn(), ...Array.from({ length: count - 1 }, turn)]
}

function source(kind: keyof typeof KIND_SEEDS, plan: LengthPlan, index: number): Random {
  const { workload, runSeed, stage } = plan
  return seeded(workload.seed, runSeed, STAGE_SEEDS[stage], KIND_SEEDS[kind], index)
}
