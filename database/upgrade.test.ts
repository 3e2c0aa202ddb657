import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { emptyDatabase } from '../tests/database.ts'
import { TuningSpec } from '../domain/tuning.ts'
import { migrate, migrateTo } from './connect.ts'
import { findTuning } from './tunings.ts'

/** A request as the first version with users stored it: what came later is not in it. */
const OLD = {
  name: 'old',
  engine: { kind: 'llama.cpp', model: 'gemma-3-270m', args: {}, env: {} },
  workload: {
    endpoint: 'chat',
    prompts: { synthetic: { inputTokens: 32, outputTokens: 8 } },
    load: { concurrency: 2 },
    duration: '2s',
    warmup: '1s',
    requestTimeout: '2m',
  },
  objective: { maximize: 'output_tokens_per_second' },
  space: { parallel: { type: 'integer', low: 1, high: 4 } },
  budget: { experiments: 5 },
}

test('a database of an older version is brought up to date, with the tunings in it', async () => {
  const { db } = await emptyDatabase()
  expect(await migrateTo(db, '0004-access')).toBe(true)
  await sql`
    insert into tunings (id, name, spec, engine, model, state, phase)
    values ('old', 'old', ${JSON.stringify(OLD)}::jsonb, 'llama.cpp', 'gemma-3-270m', 'completed', 'done')
  `.execute(db)
  await sql`
    insert into experiments (tuning_id, number, kind, configuration, reason, state, stage, finished_at, objective, feasible)
    values ('old', 0, 'baseline', '{}', 'baseline', 'completed', 'done', '2026-01-01T00:01', 50, true),
      ('old', 1, 'search', '{}', 'try', 'completed', 'done', '2026-01-01T00:03', 90, false),
      ('old', 2, 'search', '{}', 'try', 'completed', 'done', '2026-01-01T00:02', 80, true),
      ('old', 3, 'search', '{}', 'try', 'failed', 'done', '2026-01-01T00:04', null, null)
  `.execute(db)
  await migrate(db)
  expect(await findTuning(db, 'old')).toMatchObject({
    ...{ name: 'old', project: 'default', owner: null, spec: { budget: { experiments: 5 } } },
    ...{ gain: null, outcomes: 'mbmf' },
    steps: [
      { after: 1, objective: 50 },
      { after: 2, objective: 80 },
    ],
  })
  // Lists pass it on as it is stored.
  const { spec } = await db.selectFrom('tunings').select('spec').executeTakeFirstOrThrow()
  const whole = z.record(z.string(), z.unknown()).parse(spec)
  expect(TuningSpec.parse(spec)).toMatchObject({ ...whole, workload: {}, engine: {} })
  expect(await migrateTo(db, '0004-access')).toBe(false)
  await db.destroy()
})
