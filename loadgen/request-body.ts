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
  return bodyText(
    {
      model,
      ...said,
      max_tokens: outputTokens,
      temperature: 0,
      ...(ignoreEos ? { ignore_eos: true } : {}),
      stream,
      stream_options: { include_usage: true },
    },
    extra,
  )
}

/** Writes a body with further fields; null takes one out. Servers refuse `stream_options` where nothing is streamed. */
export function bodyText(body: Record<string, unknown>, extra: Record<string, unknown>): string {
  const whole: Record<string, unknown> = { ...body, ...extra }
  if (whole['stream'] !== true) delete whole['stream_options']
  return JSON.stringify(Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== null)))
}
