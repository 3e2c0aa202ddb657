import { z } from 'zod'
import { askEngine, type EnginePlace } from './ask.ts'
import type { Engine } from './engine.ts'

/** What is no text is no version. */
const Answer = z.record(z.string(), z.string().nullable().catch(null))

/** Returns the version that a running engine reports; null when it says none. Throws the signal's reason when aborted. */
export async function reportedVersion(
  { reportsVersion }: Pick<Engine, 'reportsVersion'>,
  place: EnginePlace,
  signal: AbortSignal,
): Promise<string | null> {
  if (reportsVersion === null) return null
  const answer = await askEngine(place, reportsVersion.path, { signal })
  if (!answer?.ok) return null
  try {
    return Answer.parse(JSON.parse(answer.text))[reportsVersion.field] ?? null
  } catch {
    return null
  }
}
