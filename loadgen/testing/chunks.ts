import { z } from 'zod'

const Asked = z.object({
  messages: z.array(z.object({ content: z.string() })).optional(),
  prompt: z.string().optional(),
  max_tokens: z.number(),
})

/** Events as an OpenAI-compatible server streams them. */
export const DONE = 'data: [DONE]\n\n'
export const ROLE = delta({ role: 'assistant', content: '' })
export const STOP = choice({ delta: {}, finish_reason: 'length' })

/** Returns an event with this JSON. */
export function event(json: unknown): string {
  return `data: ${JSON.stringify(json)}\n\n`
}

/** Returns a chunk with this choice. */
export function choice(json: Record<string, unknown>): string {
  return event({ object: 'chat.completion.chunk', choices: [{ index: 0, ...json }] })
}

/** Returns a chunk whose only choice has this delta. */
export function delta(json: Record<string, unknown>): string {
  return choice({ delta: json, finish_reason: null })
}

/** Returns a chunk with one token of content. */
export function token(content = 'word '): string {
  return delta({ content })
}

/** Returns the chunk with the counts, which has no choices. */
export function usage(prompt: number, completion: number, cached?: number): string {
  const details = cached === undefined ? {} : { prompt_tokens_details: { cached_tokens: cached } }
  return event({ choices: [], usage: { prompt_tokens: prompt, completion_tokens: completion, ...details } })
}

/** Returns a whole, proper stream of so many tokens. */
export function stream(tokens: number, promptTokens = 10): string {
  return ROLE + token().repeat(tokens) + STOP + usage(promptTokens, tokens) + DONE
}

/** Returns the number of words in a request's prompt and how many tokens it asks for. */
export function asked(body: string): { words: number; maxTokens: number; text: string } {
  const { messages, prompt, max_tokens } = Asked.parse(JSON.parse(body))
  const text = prompt ?? messages?.[0]?.content ?? ''
  return { words: text.split(' ').length, maxTokens: max_tokens, text }
}
