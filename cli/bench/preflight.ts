import { z } from 'zod'
import { messageOf } from '../../domain/message-of.ts'
import { Client, MAX_SMALL_ANSWER } from '../../loadgen/client.ts'
import { serverEndpointOf, type Target } from '../../loadgen/endpoint.ts'
import type { CountTokens } from '../../loadgen/local-tokenizer.ts'
import type { PromptCalibration } from '../../loadgen/prompts.ts'
import { timeoutsOf } from '../../loadgen/timeouts.ts'
import { CommandFailure } from '../failure.ts'
import type { BenchPlan } from './read-options.ts'

const Models = z.object({ data: z.array(z.object({ id: z.string() })).min(1) })
const TIMEOUT_MS = 10_000

/** Returns the target with a model; throws a {@link CommandFailure} when none was named and the server names none. */
export async function withModel(target: BenchPlan['target'], signal: AbortSignal): Promise<Target> {
  if (target.model !== null) return { ...target, model: target.model }
  const answer = await modelsOf({ ...target, model: '' }, signal)
  const model = Models.safeParse(answer).data?.data[0]?.id
  if (model === undefined)
    throw new CommandFailure(`${rootOf(target.baseUrl)}/v1/models lists no model: name one with --model`)
  return { ...target, model }
}

function rootOf(baseUrl: string): string {
  return baseUrl.replace(/\/+$/, '').replace(/\/v1$/, '')
}

/** Asks over the client that measures, so that what it can reach is reached here: any certificate, with `insecure`. */
async function modelsOf(target: Target, signal: AbortSignal): Promise<unknown> {
  const endpoint = serverEndpointOf(target, '/v1/models', { method: 'GET', accept: 'application/json' })
  const client = new Client(endpoint, timeoutsOf(TIMEOUT_MS), MAX_SMALL_ANSWER)
  const close = () => client.cancel()
  signal.addEventListener('abort', close, { once: true })
  try {
    const { reader, error, ending } = await client.send('')
    signal.throwIfAborted()
    if (reader.head === null) throw new CommandFailure(`no answer from ${target.baseUrl}: ${error ?? ending}`)
    return reader.head.status === 200 ? parsed(reader.body.toString('utf8')) : null
  } finally {
    signal.removeEventListener('abort', close)
    close()
  }
}

function parsed(text: string): unknown {
  try {
    const json: unknown = JSON.parse(text)
    return json
  } catch {
    return null
  }
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
