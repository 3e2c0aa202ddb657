import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../database/connect.ts'
import { newDatabase, newSpec, newTuning } from '../tests/database.ts'
import { checkSpec } from './check.ts'

let db: Database

beforeAll(async () => {
  db = (await newDatabase()).db
})
afterAll(() => db.destroy())

test('an earlier tuning that is not there is told by its place', async () => {
  const known = await newTuning(db)
  const errors = await checkSpec(newSpec({ transfer: [known, 'nobody'] }), { db, host: 'here', models: {} })
  const ofTransfer = errors.filter(({ pointer }) => pointer.startsWith('/transfer'))
  expect(ofTransfer).toEqual([
    { pointer: '/transfer/1', message: 'there is no tuning "nobody": see `redline list`' },
  ])
})
