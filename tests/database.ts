import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { ensureDatabase } from '../components/embedded-postgres.ts'
import { migrate, openDatabase, type Database } from '../database/connect.ts'
import { listEvents } from '../database/events.ts'
import { createTuning } from '../database/tunings.ts'
import { TuningEventBody, type TuningEvent } from '../domain/event.ts'
import { TuningSpec } from '../domain/tuning.ts'

/** Makes a database of its own on the run's PostgreSQL, with all tables. */
export async function newDatabase(): Promise<{ db: Database; databaseUrl: string }> {
  const empty = await emptyDatabase()
  await migrate(empty.db)
  return empty
}

/** Makes a database of its own on the run's PostgreSQL, without tables. */
export async function emptyDatabase(): Promise<{ db: Database; databaseUrl: string }> {
  const url = new URL(inject('databaseUrl'))
  url.pathname = `/test_${randomBytes(6).toString('hex')}`
  await ensureDatabase(url.href)
  return { db: openDatabase(url.href), databaseUrl: url.href }
}

/** Returns all events of a tuning, the oldest first. */
export async function eventsOf(db: Database, id: string): Promise<TuningEvent[]> {
  return (await listEvents(db, id, 0)).map(({ seq, at, body }) => ({
    seq,
    at: at.toISOString(),
    event: TuningEventBody.parse(JSON.parse(body.text)),
  }))
}

/** A small, valid request; `change` replaces parts of it. */
export function newSpec(change: object = {}): TuningSpec {
  return TuningSpec.parse({
    name: 'test',
    engine: { kind: 'llama.cpp', model: 'gemma-3-270m' },
    workload: {
      prompts: { synthetic: { inputTokens: 32, outputTokens: 8 } },
      load: { concurrency: 2 },
      duration: '2s',
      warmup: '500ms',
    },
    objective: { maximize: 'output_tokens_per_second' },
    space: { parallel: { type: 'integer', low: 1, high: 4 } },
    budget: { experiments: 2 },
    confirmation: { pairs: 1 },
    ...change,
  })
}

/** Stores a tuning and returns its id. */
export async function newTuning(db: Database, change: object = {}): Promise<string> {
  const id = randomBytes(6).toString('hex')
  await createTuning(db, { id, spec: newSpec(change), idempotencyKey: null })
  return id
}
