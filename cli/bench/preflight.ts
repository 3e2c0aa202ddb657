import { z } from 'zod'
import { messageOf } from '../../domain/message-of.ts'
import type { Target } from '../../loadgen/endpoint.ts'
import type { CountTokens } from '../../loadgen/local-tokenizer.ts'
import type { PromptCalibration } from '../../loadgen/prompts.ts'
import { CommandFailure } from '../failure.ts'
import type { BenchPlan } from './read-options.ts'

const Models = z.object({ data: z.array(z.object({ id: z.string() })).min(1) })
const TIMEOUT_MS = 10_000

/** Returns the target with a model; throws a {@link CommandFailure} when none was named and the server names none. */
export async function withModel(target: BenchPlan['target'], signal: AbortSignal): Promise<Target> {
  if (target.model !== null) return { ...target, model: target.model }
  const root = target.baseUrl.replace(/\/+$/, '').replace(/\/v1$/, '')
  let answer: unknown
  try {
    const response = await fetch(`${root}/v1/models`, {
      headers: target.headers ?? {},
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    })
    answer = response.ok ? await response.json() : null
  } catch (error) {
    signal.throwIfAborted()
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : null
    throw new CommandFailure(`no answer from ${target.baseUrl}: ${cause ?? messageOf(error)}`)
  }
  const model = Models.safeParse(answer).data?.data[0]?.id
  if (model === undefined) throw new CommandFailure(`${root}/v1/models lists no model: name one with --model`)
  return { ...target, model }
}

/** Finds how long prompts are in tokens: by the server's tokenizer, a folder's, two requests, or by guess. */
export async function calibrationFor(
  plan: BenchPlan,
  target: Target,
  signal: AbortSignal,
): Promise<PromptCalibration> {
  const { prompts } = plan.workload
  const count = plan.tokenizer === null ? null : await tokenizerAt(plan.tokenizer)
  const guess = { tokensPerWord: 1, overheadTokens: 0, measured: false }
  // What a file says word for word has the length that it has.
  if (
    'dataset' in prompts &&
    (prompts.dataset.format === 'requests' || prompts.dataset.format === 'sharegpt')
  )
    return { ...guess, measured: true }
  const { calibrateByCounting, calibrateByTokenizer } = await import('../../loadgen/tokenizer-endpoint.ts')
  const exact = await calibrateByTokenizer(target, plan.workload.endpoint, signal)
  if (exact !== null) return exact
  if (count !== null) {
    const counted = await calibrateByCounting(
      async (text) => count(text),
      async (text) => count(text, true),
    )
    if (counted !== null) return counted
  }
  if (!plan.calibrate) return guess
  const { calibratePrompts } = await import('../../loadgen/calibrate.ts')
  return calibratePrompts(target, plan.workload, signal)
}

async function tokenizerAt(path: string): Promise<CountTokens> {
  const { openTokenizer } = await import('../../loadgen/local-tokenizer.ts')
  try {
    return openTokenizer(path)
  } catch (error) {
    throw new CommandFailure(`--tokenizer: ${messageOf(error)}`)
  }
}
