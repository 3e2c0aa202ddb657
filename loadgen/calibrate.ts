import { durationMs } from '../domain/duration.ts'
import type { RequestRecord } from '../domain/measurement.ts'
import type { Prompts, Workload } from '../domain/workload.ts'
import { Client, MAX_SMALL_ANSWER } from './client.ts'
import { endpointOf, type Target } from './endpoint.ts'
import { lengthRange } from '../domain/lengths.ts'
import { EndpointRefusedError, EndpointUnreachableError } from './errors.ts'
import { promptText, type PromptCalibration } from './prompts.ts'
import { recordOf } from './record.ts'
import { requestBody } from './request-body.ts'
import { timeoutsOf } from './timeouts.ts'

export type { PromptCalibration }

const UNMEASURED: PromptCalibration = { tokensPerWord: 1, overheadTokens: 0, measured: false }
const CALIBRATION_SEED = 1

/**
 * Finds out how many tokens the endpoint's model makes of our words, from the `usage` of two requests of
 * different length: afterwards a prompt can be given a length in tokens, chat template included. Throws
 * {@link EndpointUnreachableError} when nothing answers, {@link EndpointRefusedError} when the answer is an error
 * or no completion, and the signal's reason when aborted.
 */
export async function calibratePrompts(
  target: Target,
  workload: Workload,
  signal?: AbortSignal,
): Promise<PromptCalibration> {
  signal?.throwIfAborted()
  const client = new Client(
    endpointOf(target, workload.endpoint),
    timeoutsOf(durationMs(workload.requestTimeout)),
    MAX_SMALL_ANSWER,
  )
  const cancel = () => client.cancel()
  signal?.addEventListener('abort', cancel, { once: true })
  try {
    const wanted = greatestInput(workload.prompts)
    const long = Math.min(Math.max(wanted, 48), 1024)
    const short = Math.ceil(long / 4)
    const shortTokens = await probe(client, target, workload, short, 0, signal)
    const longTokens = await probe(client, target, workload, long, 1, signal)
    if (shortTokens === null || longTokens === null || longTokens <= shortTokens) return UNMEASURED
    const tokensPerWord = (longTokens - shortTokens) / (long - short)
    const overheadTokens = Math.max(0, shortTokens - tokensPerWord * short)
    return { tokensPerWord, overheadTokens, measured: true }
  } finally {
    signal?.removeEventListener('abort', cancel)
    client.cancel()
  }
}

function greatestInput(prompts: Prompts): number {
  if ('synthetic' in prompts) return lengthRange(prompts.synthetic.inputTokens).max
  if ('multiTurn' in prompts) return lengthRange(prompts.multiTurn.inputTokens).max
  if ('prefixGroups' in prompts) return prompts.prefixGroups.prefixTokens + prompts.prefixGroups.suffixTokens
  return 1024
}

async function probe(
  client: Client,
  target: Target,
  workload: Workload,
  words: number,
  index: number,
  signal: AbortSignal | undefined,
): Promise<number | null> {
  const text = promptText(words, [workload.seed, CALIBRATION_SEED], index)
  const originMs = performance.now()
  const sent = await client.send(requestBody(target.model, workload.endpoint, text, 1))
  signal?.throwIfAborted()
  const record = recordOf(sent, { index, phase: 'warmup', scheduledMs: originMs, originMs })
  assertUsable(record, target.baseUrl)
  return record.inputTokens
}

function assertUsable(record: RequestRecord, baseUrl: string): void {
  const { outcome, status } = record
  const detail = record.error ?? outcome
  switch (outcome) {
    case 'ok':
      return
    case 'empty':
      // The one token asked for may be an end token, or half a character, and show no text.
      if (record.finishReason !== null || record.inputTokens !== null) return
      throw new EndpointRefusedError(baseUrl, outcome, status, detail)
    case 'connect':
    case 'reset':
    case 'timeout_connect':
    case 'timeout_ttft':
    case 'timeout_idle':
    case 'timeout_total':
      throw new EndpointUnreachableError(baseUrl, detail)
    default:
      throw new EndpointRefusedError(baseUrl, outcome, status, detail)
  }
}
