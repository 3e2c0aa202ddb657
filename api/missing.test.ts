import { beforeAll, expect, test } from 'vitest'
import { sql } from 'kysely'
import { deleteTuning } from '../database/deleted-tunings.ts'
import { newTuning } from '../tests/database.ts'
import { startApi } from '../tests/api.ts'

let api: Awaited<ReturnType<typeof startApi>>
beforeAll(async () => {
  api = await startApi('127.0.0.1')
})

const detailOf = async (method: string, path: string, request?: Record<string, unknown>) => {
  const response = await api.send(method, path, request)
  const { detail } = (await response.json()) as { detail: string }
  return [response.status, detail]
}

test('a tuning that was deleted is told apart from one that never was', async () => {
  const id = await newTuning(api.db)
  await sql`update tunings set state = 'completed' where id = ${id}`.execute(api.db)
  expect(await deleteTuning(api.db, id)).toBe(true)
  const deleted = [404, expect.stringContaining(`\`redline undelete ${id}\` brings it back`)]
  for (const path of ['', '/report', '/experiments'])
    expect(await detailOf('GET', `/tunings/${id}${path}`)).toEqual(deleted)
  expect(await detailOf('POST', `/tunings/${id}/finish`, { body: { by: 'me' } })).toEqual(deleted)
  expect(await detailOf('GET', '/tunings/nothing')).toEqual([
    404,
    'there is no tuning "nothing": see `redline list`',
  ])
})
