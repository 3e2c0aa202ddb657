import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newDatabase, newSpec, newTuning } from '../tests/database.ts'
import type { Database } from './connect.ts'
import { deleteTuning, listExpired, purgeTuning, undeleteTuning } from './deleted-tunings.ts'
import { findShownExperiment, listShownExperiments } from './experiment-list.ts'
import { planExperiment } from './plans.ts'
import { createProject, deleteProject, TuningGoneError, withPlace } from './projects.ts'
import { findShownTuning, listTunings } from './tuning-list.ts'
import { countTunings, createTuning, findTuning, lockTuning, setTuningState } from './tunings.ts'

let db: Database

beforeAll(async () => {
  db = (await newDatabase()).db
})
afterAll(() => db.destroy())

const finish = (id: string) => setTuningState(db, id, { state: 'completed', phase: 'done' })
const plan = () => ({
  ...{ kind: 'baseline' as const, configuration: { parallel: 1 }, reason: 'test' },
  ...{ role: null, pair: null },
})
const listed = async (deleted: boolean) =>
  (await listTunings(db, { sort: 'created_desc', limit: 10, deleted })).tunings.map(({ id }) => id)

test('a deleted tuning is nowhere to be seen, and comes back whole', async () => {
  const id = await newTuning(db)
  await planExperiment(db, id, 0, plan)
  expect(await deleteTuning(db, id)).toBe(false)
  await finish(id)
  const before = await findTuning(db, id)
  const experiment = await findShownExperiment(db, id, 0)

  expect(await deleteTuning(db, id)).toBe(true)
  expect(await deleteTuning(db, id)).toBe(false)
  expect(await findTuning(db, id)).toBeNull()
  expect(await findShownTuning(db, id)).toBeNull()
  expect(await findShownExperiment(db, id, 0)).toBeNull()
  expect(await listShownExperiments(db, id, {})).toEqual([])
  expect(await listed(false)).toEqual([])
  expect(await countTunings(db)).toEqual([])
  await expect(db.transaction().execute((trx) => lockTuning(trx, id))).rejects.toThrow()
  expect(await listed(true)).toEqual([id])

  await undeleteTuning(db, id)
  await undeleteTuning(db, id)
  expect(await findTuning(db, id)).toEqual(before)
  expect(await findShownExperiment(db, id, 0)).toEqual(experiment)
  expect(await listed(false)).toEqual([id])
  expect(await listed(true)).toEqual([])
})

test('a tuning is not deleted while it is made to run again, nor made to run again once it is deleted', async () => {
  const id = await newTuning(db)
  await finish(id)
  const resume = (during: () => Promise<unknown>) => withPlace(db, { id, project: 'default' }, during)
  await resume(async () => expect(await deleteTuning(db, id)).toBe(false))
  await db.updateTable('tunings').set({ place_until: new Date() }).where('id', '=', id).execute()
  expect(await deleteTuning(db, id)).toBe(true)
  await expect(resume(() => expect.unreachable())).rejects.toThrow(TuningGoneError)
})

test('the key of a deleted tuning starts another one', async () => {
  const once = { spec: newSpec(), idempotencyKey: 'again' }
  await createTuning(db, { id: 'first', ...once })
  await finish('first')
  await deleteTuning(db, 'first')
  expect(await createTuning(db, { id: 'second', ...once })).toMatchObject({ created: true })
})

test('what was deleted long enough ago is gone for good, and nothing else', async () => {
  const [old, young, kept] = [await newTuning(db), await newTuning(db), await newTuning(db)]
  for (const id of [old, young, kept]) await finish(id)
  for (const id of [old, young]) await deleteTuning(db, id)
  await db
    .updateTable('tunings')
    .set({ deleted_at: sql<Date>`now() - interval '8 days'` })
    .where('id', '=', old)
    .execute()
  expect(await listExpired(db, 7)).toEqual([old])
  await purgeTuning(db, old)
  await purgeTuning(db, kept)
  await undeleteTuning(db, old)
  await undeleteTuning(db, young)
  expect(await findTuning(db, old)).toBeNull()
  expect(await findTuning(db, young)).toMatchObject({ id: young })
  expect(await findTuning(db, kept)).toMatchObject({ id: kept })
})

test('a project whose tunings are all deleted can be deleted, and they are gone with it', async () => {
  await createProject(db, 'over', {})
  await createTuning(db, { id: 'inside', spec: newSpec(), idempotencyKey: null, project: 'over' })
  await finish('inside')
  expect(await deleteProject(db, 'over')).toBe('in_use')
  await deleteTuning(db, 'inside')
  expect(await deleteProject(db, 'over')).toBe('deleted')
  expect(await listed(true)).not.toContain('inside')
})
