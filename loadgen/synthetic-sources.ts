import { durationMs } from '../domain/duration.ts'
import type { Prompts } from '../domain/workload.ts'
import { conversationLengths, prefixLengths, type Turns } from '../domain/request-lengths.ts'
import { planRequest, promptText, sizedText, textSeeds, wordsFor, type PromptPlan } from './prompts.ts'
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
  const { groups, prefixTokens, suffixTokens } = prefixGroups
  const { model, workload, calibration } = plan
  const perWord = calibration.tokensPerWord
  const seeds = textSeeds(plan)
  const prefixWords = Math.max(1, Math.round(prefixTokens / perWord))
  const suffixWords = Math.max(1, Math.round(suffixTokens / perWord))
  return indexedSource(shard, (index) => {
    const prefix = sizedText(plan, prefixWords, [...seeds, GROUP], index % groups)
    const suffix = promptText(suffixWords, [...seeds, SUFFIX], index, calibration.words)
    const { inputTokens, outputTokens } = prefixLengths(prefixGroups, plan, index)
    return {
      inputTokens: Math.round(inputTokens + calibration.overheadTokens),
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
  const { think } = multiTurn
  const { model, workload, calibration } = plan
  const thinkMs = think === undefined ? 0 : durationMs(think)

  function turnOf(
    conversation: number,
    turn: number,
    [{ inputTokens: input, outputTokens: output }, next, ...later]: Turns,
    history: Message[],
  ): PlannedRequest {
    const words =
      turn === 0 ? wordsFor(input, calibration) : Math.max(1, Math.round(input / calibration.tokensPerWord))
    const text = sizedText(plan, words, [...textSeeds(plan), CONVERSATION, turn], conversation)
    const messages: Message[] = [...history, { role: 'user', content: text }]
    return {
      inputTokens: turn === 0 ? input : null,
      outputTokens: output,
      turn,
      // What was said before is meant to be found in the cache.
      ...(turn === 0 ? {} : { sharedTokens: Infinity }),
      ...(turn === 0 ? {} : { thinkMs }),
      body: requestBody(model, workload.endpoint, messages, output, plan.body),
      followUp: (answer) =>
        next === undefined
          ? null
          : turnOf(
              conversation,
              turn + 1,
              [next, ...later],
              [...messages, { role: 'assistant', content: answer }],
            ),
    }
  }

  return indexedSource(shard, (index) => turnOf(index, 0, conversationLengths(multiTurn, plan, index), []))
}
