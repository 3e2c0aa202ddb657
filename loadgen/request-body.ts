import type { Workload } from '../domain/workload.ts'

/** What of a request's body does not come from the workload. */
export interface BodyOptions {
  /** Generate to the asked length whatever the model says; servers that do not know it may refuse it. True by default. */
  ignoreEos?: boolean
  /** True by default. */
  stream?: boolean
  /** Further fields, which go before all others; null leaves a field out. */
  extra?: Record<string, unknown>
}

export interface Message {
  role: 'system' | 'user' | 'assistant'
  content: string
}

/**
 * Returns the JSON body of a completion request that is to generate `outputTokens` tokens, greedy. Chat requests name
 * the limit under its old and its new name, since servers know one or the other.
 */
export function requestBody(
  model: string,
  endpoint: Workload['endpoint'],
  prompt: string | Message[],
  outputTokens: number,
  { ignoreEos = true, stream = true, extra = {} }: BodyOptions = {},
): string {
  const messages = typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt
  const text = typeof prompt === 'string' ? prompt : prompt.map(({ content }) => content).join('\n\n')
  const said = endpoint === 'chat' ? { messages, max_completion_tokens: outputTokens } : { prompt: text }
  return JSON.stringify(
    withExtra(
      {
        model,
        ...said,
        max_tokens: outputTokens,
        temperature: 0,
        ...(ignoreEos ? { ignore_eos: true } : {}),
        stream,
        ...(stream ? { stream_options: { include_usage: true } } : {}),
      },
      extra,
    ),
  )
}

/** Adds fields to a body; null takes one out. */
export function withExtra(
  body: Record<string, unknown>,
  extra: Record<string, unknown>,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries({ ...body, ...extra }).filter(([, value]) => value !== null))
}
