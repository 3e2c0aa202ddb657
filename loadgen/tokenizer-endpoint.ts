import { z } from 'zod'
import type { Workload } from '../domain/workload.ts'
import { Client, MAX_SMALL_ANSWER } from './client.ts'
import { serverEndpointOf, type Target } from './endpoint.ts'
import type { PromptCalibration } from './prompts.ts'
import { timeoutsOf } from './timeouts.ts'
import { WORDS } from './words.ts'

const Counted = z.object({ count: z.int().optional(), tokens: z.array(z.unknown()).optional() })
const Templated = z.object({ prompt: z.string() })

const START = 'the'
const TIMEOUT_MS = 5000
/** Lists of words are halved until they count one token a word; a vocabulary that needs more than this is no use. */
const MAX_COUNTS = 48
const LEAST_WORDS = 64

/** Counts the tokens of a text; null when that is not to be had. */
type Count = (text: string) => Promise<number | null>

/**
 * Finds words that are one token each by the endpoint's own tokenizer (`/tokenize` of vLLM and llama.cpp), and how many
 * tokens a request has besides, so that prompts have exactly the wanted length. Null for an endpoint that counts no
 * tokens.
 */
export async function calibrateByTokenizer(
  target: Target,
  endpoint: Workload['endpoint'],
  signal?: AbortSignal,
): Promise<PromptCalibration | null> {
  signal?.throwIfAborted()
  const clients = new Map<string, Client>()
  const close = () => {
    for (const client of clients.values()) client.cancel()
  }
  signal?.addEventListener('abort', close, { once: true })
  try {
    const ask = asker(target, clients)
    const bare: Count = async (text) =>
      tokensOf(
        await ask('/tokenize', { model: target.model, prompt: text, content: text, ...special(false) }),
      )
    return await calibrateByCounting(
      bare,
      endpoint === 'chat' ? chatCount(target, ask) : wholeCount(target, ask),
    )
  } finally {
    signal?.removeEventListener('abort', close)
    close()
  }
}

/**
 * Finds words of one token each, given what counts a bare text and what counts a whole prompt; null where there are too
 * few, or where what is around them is not always the same.
 */
export async function calibrateByCounting(bare: Count, whole: Count): Promise<PromptCalibration | null> {
  const start = await bare(START)
  if (start === null) return null
  const words = await oneTokenWords(async (text) => {
    const tokens = await bare(`${START} ${text}`)
    return tokens === null ? null : tokens - start
  })
  if (words.length < LEAST_WORDS) return null
  const overhead = async (count: number) => {
    const tokens = await whole(`${START} ${words.slice(0, count).join(' ')}`)
    return tokens === null ? null : tokens - count
  }
  const overheadTokens = await overhead(8)
  if (overheadTokens === null || overheadTokens < 0 || (await overhead(LEAST_WORDS)) !== overheadTokens)
    return null
  return { tokensPerWord: 1, overheadTokens, measured: true, words, start: START }
}

async function oneTokenWords(count: Count): Promise<string[]> {
  const found: string[] = []
  const lists: string[][] = [[...WORDS]]
  for (let counts = 0; counts < MAX_COUNTS; counts += 1) {
    const list = lists.shift()
    if (list === undefined) break
    const tokens = await count(list.join(' '))
    if (tokens === list.length) found.push(...list)
    else if (list.length > 1) {
      const half = Math.ceil(list.length / 2)
      lists.push(list.slice(0, half), list.slice(half))
    }
  }
  return found.sort()
}

/** Counts a prompt as the completions endpoint would. */
function wholeCount(target: Target, ask: Ask): Count {
  return async (text) =>
    tokensOf(await ask('/tokenize', { model: target.model, prompt: text, content: text, ...special(true) }))
}

/** Counts a message with the chat template around it: llama.cpp applies it apart, vLLM counts messages. */
function chatCount(target: Target, ask: Ask): Count {
  return async (text) => {
    const messages = [{ role: 'user', content: text }]
    const templated = Templated.safeParse(await ask('/apply-template', { messages }))
    if (templated.success) return wholeCount(target, ask)(templated.data.prompt)
    return tokensOf(await ask('/tokenize', { model: target.model, messages, add_generation_prompt: true }))
  }
}

function special(add: boolean): Record<string, boolean> {
  return { add_special: add, add_special_tokens: add }
}

function tokensOf(answer: unknown): number | null {
  const { data } = Counted.safeParse(answer)
  return data?.count ?? data?.tokens?.length ?? null
}

type Ask = (path: string, body: unknown) => Promise<unknown>

/** Asks over the load generator's own client: `fetch` alone takes longer to load than all else of a start. */
function asker(target: Target, clients: Map<string, Client>): Ask {
  return async (path, body) => {
    const client =
      clients.get(path) ??
      new Client(serverEndpointOf(target, path), timeoutsOf(TIMEOUT_MS), MAX_SMALL_ANSWER)
    clients.set(path, client)
    const { reader } = await client.send(JSON.stringify(body))
    if (!reader.complete || reader.head?.status !== 200) return null
    try {
      const answer: unknown = JSON.parse(reader.body.toString('utf8'))
      return answer
    } catch {
      return null
    } finally {
      reader.release()
    }
  }
}
