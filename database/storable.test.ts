import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newDatabase, newTuning } from '../tests/database.ts'
import type { Database } from './connect.ts'
import { findExperiment, finishExperiment } from './experiments.ts'
import { planExperiment } from './plans.ts'
import { storable } from './storable.ts'

let db: Database
beforeAll(async () => {
  db = (await newDatabase()).db
})
afterAll(() => db.destroy())

test('an experiment ends by a failure whose words PostgreSQL cannot keep', async () => {
  const id = await newTuning(db)
  await planExperiment(db, id, 0, () => ({ kind: 'baseline', configuration: {}, reason: 'test' }))
  const diagnosis = { kind: 'unknown', evidence: 'a\0b', advice: 'none', exitCode: 3, signal: null } as const
  await finishExperiment(db, id, 0, {
    status: 'failed',
    diagnosis: { ...diagnosis, summary: 'half \ud83d of \ude00, all of 😀, and \\u0000', logTail: ['\0'] },
  })
  expect(await findExperiment(db, id, 0)).toMatchObject({
    result: {
      diagnosis: {
        evidence: 'a\uFFFDb',
        summary: 'half \uFFFD of \uFFFD, all of 😀, and \\u0000',
        logTail: ['\uFFFD'],
      },
    },
  })
})

test('texts, lists and objects are kept, each with what stands for the rest', async () => {
  const bad = 'a\0b\ud800'
  const good = 'a\uFFFDb\uFFFD'
  const { rows } = await sql`select ${bad}::text as text, ${[bad, '"']}::text[] as list,
    ${{ [bad]: bad }}::jsonb as object, ${Buffer.from('\0')}::bytea as bytes, ${null}::text as nothing`.execute(
    db,
  )
  expect(rows).toEqual([
    { text: good, list: [good, '"'], object: { [good]: good }, bytes: Buffer.from('\0'), nothing: null },
  ])
})

test('only what cannot be kept is another afterwards', () => {
  const at = new Date()
  const bytes = Buffer.from('\0')
  for (const value of [undefined, null, 1, true, at, bytes, '', 'plain', '\\u0000', '{ no \\u0000 JSON'])
    expect(storable(value)).toBe(value)
  for (const json of ['{"a":"\\\\u0000 \\\\\\\\ud800"}', '{"a": "\\ud83d\\ude00 \\u00e9", "b": 1.50}'])
    expect(storable(json)).toBe(json)
  for (const [json, kept] of [
    ['{"\\u0000": 1.50}', '{"\uFFFD": 1.50}'],
    ['["\\\\\\u0000\\\\u0000"]', '["\\\\\uFFFD\\\\u0000"]'],
    ['"\\uD800\\ud83d\\ude00\\uDE00"', '"\uFFFD\\ud83d\\ude00\uFFFD"'],
  ])
    expect(storable(json)).toBe(kept)
})
