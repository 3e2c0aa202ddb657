import { runsAlready } from '../domain/runtime.ts'
import type { TuningSpec } from '../domain/tuning.ts'

/** The variable that OpenAI's own clients take their key from; it is stored encrypted and shown nowhere, as others of its kind. */
export const ENDPOINT_KEY = 'OPENAI_API_KEY'

/** Returns what goes with every request to an endpoint that wants a key. */
export function endpointHeaders(spec: Pick<TuningSpec, 'runtime' | 'engine'>): Record<string, string> {
  const key = runsAlready(spec) ? spec.engine.env[ENDPOINT_KEY] : undefined
  return key === undefined ? {} : { authorization: `Bearer ${key}` }
}
