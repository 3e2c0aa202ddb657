import { durationMs } from '../domain/duration.ts'
import type { Prompts } from '../domain/workload.ts'
import { drawLength } from './lengths.ts'
import {
  planRequest,
  promptText,
  sizedText,
  STAGE_SEEDS,
  textSeeds,
  wordsFor,
  type PromptPlan,
} from './prompts.ts'
import { seeded, type Random } from '../domain/random.ts'
import { requestBody, type Message } from './request-body.ts'
import type { PlannedRequest, RequestSource, Shard } from './request-source.ts'

const GROUP = 11
const SUFFIX = 12
const CONVERSATION = 13

type Of<Kind extends string> = Extract<Prompts, Record<Kind, unknown>>

/** Requests that are made up, each from its index alone. */
export function indexedSource(shard: Shard, plan: (index: number) => PlannedRequest): RequestSource {
  let index = shard.index - shard.of
  return { next: () => plan((index += shard.of)) }
}

/** Unique prompts of drawn lengths. */
export function syntheticSource(plan: PromptPlan, shard: Shard): RequestSource {
  return indexedSource(shard, (index) => planRequest(plan, index))
}

/**
 * Prompts in groups that begin alike. The groups take turns, so that in a run of n requests n - groups of them find
 * their prefix in a cache that is large enough.
 */
export function prefixSource(
  plan: PromptPlan,
  { prefixGroups }: Of<'prefixGroups'>,
  shard: Shard,
): RequestSource {
  const { groups, prefixTokens, suffixTokens, outputTokens: output } = prefixGroups
  const { model, workload, calibration, runSeed, stage } = plan
  const perWord = calibration.tokensPerWord
  const seeds = textSeeds(plan)
  const prefixWords = Math.max(1, Math.round(prefixTokens / perWord))
  const suffixWords = Math.max(1, Math.round(suffixTokens / perWord))
  return indexedSource(shard, (index) => {
    const prefix = sizedText(plan, prefixWords, [...seeds, GROUP], index % groups)
    const suffix = promptText(suffixWords, [...seeds, SUFFIX], index, calibration.words)
    const random = seeded(workload.seed, runSeed, STAGE_SEEDS[stage], SUFFIX, index)
    const outputTokens = drawLength(output, random)
    return {
      inputTokens: Math.round(prefixTokens + suffixTokens + calibration.overheadTokens),
      outputTokens,
      sharedTokens: index < groups ? 0 : prefixTokens,
      body: requestBody(model, workload.endpoint, `${prefix} ${suffix}`, outputTokens, plan.body),
    }
  })
}

/** Conversations: each turn sends the whole history, with what the server really answered. */
export function conversationSource(
  plan: PromptPlan,
  { multiTurn }: Of<'multiTurn'>,
  shard: Shard,
): RequestSource {
  const { turns, inputTokens, outputTokens, think } = multiTurn
  const { model, workload, calibration, runSeed, stage } = plan
  const thinkMs = think === undefined ? 0 : durationMs(think)

  function turnOf(conversation: number, turn: number, of: number, history: Message[], random: Random) {
    const input = drawLength(inputTokens, random)
    const output = drawLength(outputTokens, random)
    const words =
      turn === 0 ? wordsFor(input, calibration) : Math.max(1, Math.round(input / calibration.tokensPerWord))
    const text = sizedText(plan, words, [...textSeeds(plan), CONVERSATION, turn], conversation)
    const messages: Message[] = [...history, { role: 'user', content: text }]
    const request: PlannedRequest = {
      inputTokens: turn === 0 ? input : null,
      outputTokens: output,
      turn,
      // What was said before is meant to be found in the cache.
      ...(turn === 0 ? {} : { sharedTokens: Infinity }),
      ...(turn === 0 ? {} : { thinkMs }),
      body: requestBody(model, workload.endpoint, messages, output, plan.body),
      followUp: (answer) =>
        turn + 1 < of
          ? turnOf(conversation, turn + 1, of, [...messages, { role: 'assistant', content: answer }], random)
          : null,
    }
    return request
  }

  return indexedSource(shard, (index) => {
    const random = seeded(workload.seed, runSeed, STAGE_SEEDS[stage], CONVERSATION, index)
    const of = typeof turns === 'number' ? turns : random.between(turns.min, turns.max)
    return turnOf(index, 0, of, [], random)
  })
}
