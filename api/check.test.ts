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

test('what is run is told by its place where it holds control characters, and was stored before all the same', async () => {
  const context = { db, host: 'here', models: {}, allowed: {} }
  const wrong = async (change: object) =>
    (await checkSpec(newSpec(change), context, ASKED))
      .filter(({ message }) => message.includes('control characters'))
      .map(({ pointer }) => pointer)
  const env = { ANSI: '\u001b[31m', KEY: 'two\r\nlines,\ta tab and 😀' }
  expect(await wrong({ engine: { kind: 'llama.cpp', model: 'a\u001b[31mb\n2', env } })).toEqual([
    '/engine/model',
    '/engine/env/ANSI',
  ])
  const command = ['a\tb', '{engine}', 'one\ntwo', '\u0007']
  const program = 'a\u009bb'
  expect(await wrong({ engine: { kind: 'command', model: 'm', command } })).toEqual([
    '/engine/command/0',
    '/engine/command/3',
  ])
  expect(await wrong({ runtime: { kind: 'command', command } })).toEqual([
    '/runtime/command/0',
    '/runtime/command/3',
  ])
  expect(await wrong({ runtime: { kind: 'docker', image: 'a\nb', program } })).toEqual([
    '/runtime/image',
    '/runtime/program',
  ])
  expect(await wrong({ runtime: { kind: 'slurm', program } })).toEqual(['/runtime/program'])
})
