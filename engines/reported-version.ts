import { z } from 'zod'
import type { Engine } from './engine.ts'

/** Where a running engine tells its version; those that do not know a path answer 404. */
const PLACES: Record<Engine['kind'], { path: string; answer: z.ZodType<string> } | null> = {
  vllm: { path: '/version', answer: z.object({ version: z.string() }).transform(({ version }) => version) },
  'llama.cpp': {
    path: '/props',
    answer: z.object({ build_info: z.string() }).transform(({ build_info }) => build_info),
  },
  sglang: {
    path: '/get_server_info',
    answer: z.object({ version: z.string() }).transform(({ version }) => version),
  },
  openai: null,
}

/** Returns the version that a running engine reports; null when it says none. Throws the signal's reason when aborted. */
export async function reportedVersion(
  kind: Engine['kind'],
  baseUrl: string,
  signal: AbortSignal,
): Promise<string | null> {
  const place = PLACES[kind]
  if (place === null) return null
  try {
    const response = await fetch(`${baseUrl}${place.path}`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]),
    })
    return place.answer.parse(await response.json())
  } catch {
    signal.throwIfAborted()
    return null
  }
}
