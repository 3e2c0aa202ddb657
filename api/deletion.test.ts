import { sql } from 'kysely'
import { expect, test, vi } from 'vitest'
import { setTuningState } from '../database/tunings.ts'
import { startApi } from '../tests/api.ts'
import { newTuning } from '../tests/database.ts'

const api = await startApi('127.0.0.1')

async function newFinished(): Promise<string> {
  const id = await newTuning(api.db)
  await setTuningState(api.db, id, { state: 'completed', phase: 'done' })
  return id
}

test('a tuning that is about to run again is not deleted', async () => {
  const id = await newFinished()
  const until = new Date(Date.now() + 60_000)
  await api.db.updateTable('tunings').set({ place_until: until }).where('id', '=', id).execute()
  const refused = await api.send('DELETE', `/tunings/${id}`)
  expect([refused.status, await refused.json()]).toMatchObject([
    409,
    { detail: 'the tuning runs again, or is about to: cancel it first' },
  ])
})

test('a tuning that is deleted just before it would run again is told to be deleted', async () => {
  const id = await newFinished()
  const waiting = () =>
    sql`select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`.execute(
      api.db,
    )
  const extended = await api.db.transaction().execute(async (trx) => {
    await sql`update tunings set deleted_at = now() where id = ${id}`.execute(trx)
    const extending = api.send('POST', `/tunings/${id}/extend`, { body: { experiments: 1 } })
    await expect.poll(async () => (await waiting()).rows.length).toBe(1)
    return { extending }
  })
  const refused = await extended.extending
  expect([refused.status, await refused.json()]).toMatchObject([
    404,
    { detail: expect.stringContaining('it was deleted') },
  ])
})

test('an action that nobody answers is told to be of a tuning that was deleted meanwhile', async () => {
  const id = await newTuning(api.db)
  vi.spyOn(api.context.client, 'withDeadline').mockImplementationOnce(async () => {
    await sql`update tunings set deleted_at = now() where id = ${id}`.execute(api.db)
    throw new Error('no answer in time')
  })
  expect((await api.send('POST', `/tunings/${id}/pause`)).status).toBe(404)
})
