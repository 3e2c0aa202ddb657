import { setTimeout } from 'node:timers/promises'
import type { Database } from '../database/connect.ts'
import { createTuning, setTuningState } from '../database/tunings.ts'
import { TuningSpec } from '../domain/tuning.ts'

/** Stores tunings of their own for writers, and returns their ids. */
export async function storeTunings(db: Database, count: number): Promise<string[]> {
  const spec = TuningSpec.parse({
    name: 'followed',
    engine: { kind: 'llama.cpp', model: 'gemma-3-270m' },
    workload: { prompts: { synthetic: { inputTokens: 32, outputTokens: 8 } }, load: { concurrency: 2 } },
    objective: { maximize: 'output_tokens_per_second' },
    space: { parallel: { type: 'integer', low: 1, high: 4 } },
    budget: { experiments: 2 },
  })
  const ids = Array.from({ length: count }, (_, index) => `followed-${index}`)
  for (const id of ids) await createTuning(db, { id, spec, idempotencyKey: null })
  return ids
}

/** Changes the states of tunings as fast as it goes, each by a writer of its own, and returns the transactions a second. */
export async function transactionsPerSecond(
  db: Database,
  ids: string[],
  seconds: number,
  withEvent: boolean,
): Promise<number> {
  const stop = new AbortController()
  const startedMs = performance.now()
  const writers = ids.map(async (id) => {
    let done = 0
    while (!stop.signal.aborted) {
      const message = String(done)
      const change = { state: 'running', phase: 'search', message } as const
      if (withEvent) await setTuningState(db, id, change)
      else await db.updateTable('tunings').set(change).where('id', '=', id).execute()
      done += 1
    }
    return done
  })
  await setTimeout(seconds * 1000)
  stop.abort()
  const done = await Promise.all(writers)
  return (done.reduce((sum, one) => sum + one, 0) * 1000) / (performance.now() - startedMs)
}
