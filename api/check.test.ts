import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../database/connect.ts'
import { newDatabase, newSpec, newTuning } from '../tests/database.ts'
import { checkSpec } from './check.ts'

let db: Database

const ASKED = { reach: null, project: { name: 'default', devices: null } }

beforeAll(async () => {
  db = (await newDatabase()).db
})
afterAll(() => db.destroy())

test('an earlier tuning that is not there is told by its place', async () => {
  const known = await newTuning(db)
  const errors = await checkSpec(
    newSpec({ transfer: [known, 'nobody'] }),
    {
      db,
      host: 'here',
      models: {},
      allowed: {},
    },
    ASKED,
  )
  const ofTransfer = errors.filter(({ pointer }) => pointer.startsWith('/transfer'))
  expect(ofTransfer).toEqual([
    { pointer: '/transfer/1', message: 'there is no tuning "nobody": see `redline list`' },
  ])
})

test('what an admin does not allow, and a secret that was not entered again, are told by their place', async () => {
  const spec = newSpec({
    engine: { kind: 'vllm', model: 'm', env: { HF_TOKEN: '***', LD_PRELOAD: 'x' } },
    runtime: { kind: 'docker', image: 'evil/image:1' },
    space: { max_num_seqs: { type: 'integer', low: 1, high: 8 } },
  })
  const allowed = { images: ['vllm/*'], variables: ['HF_*'] }
  const errors = await checkSpec(spec, { db, host: 'here', models: {}, allowed }, ASKED)
  expect(errors.map(({ pointer }) => pointer)).toEqual(
    expect.arrayContaining(['/runtime/image', '/engine/env/LD_PRELOAD', '/engine/env/HF_TOKEN']),
  )
})
