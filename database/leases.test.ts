import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { newDatabase } from '../tests/database.ts'
import type { Database } from './connect.ts'
import { announceHost, retireHost } from './hosts.ts'
import { acquireLease, listLeaseHolders, releaseLease } from './leases.ts'

let db: Database

beforeAll(async () => {
  db = (await newDatabase()).db
})
afterAll(() => db.destroy())

beforeEach(async () => {
  for (const holder of await listLeaseHolders(db)) await releaseLease(db, holder)
  await announceHost(db, {
    name: 'a',
    devices: ['0', '1'],
    engines: [{ kind: 'llama.cpp', path: '/x', version: null }],
  })
})

test('a device is held by one experiment at a time, and asked for twice it is the same', async () => {
  const first = await acquireLease(db, 'w1', 'llama.cpp')
  expect(await acquireLease(db, 'w1', 'llama.cpp')).toEqual(first)
  const second = await acquireLease(db, 'w2', 'llama.cpp')
  expect(new Set([first?.device, second?.device])).toEqual(new Set(['0', '1']))
  expect(await acquireLease(db, 'w3', 'llama.cpp')).toBeNull()
})

test('what is released goes to who came first', async () => {
  for (const holder of ['w1', 'w2', 'w3', 'w4']) await acquireLease(db, holder, 'llama.cpp')
  expect(await releaseLease(db, 'w2')).toEqual(['w3', 'w4'])
  expect(await acquireLease(db, 'w4', 'llama.cpp')).toBeNull()
  expect(await acquireLease(db, 'w3', 'llama.cpp')).toEqual({ host: 'a', device: '1' })
})

test('twenty experiments at once get two devices between them', async () => {
  const leases = await Promise.all(
    Array.from({ length: 20 }, (_, index) => acquireLease(db, `w${index}`, 'llama.cpp')),
  )
  expect(leases.filter((lease) => lease !== null)).toHaveLength(2)
})

test('one who waits and gives up does not block those behind', async () => {
  for (const holder of ['w1', 'w2', 'w3', 'w4']) await acquireLease(db, holder, 'llama.cpp')
  await releaseLease(db, 'w3')
  await releaseLease(db, 'w1')
  expect(await acquireLease(db, 'w4', 'llama.cpp')).toEqual({ host: 'a', device: '0' })
})

test('a host that was stopped, or that lacks the engine, gets nothing', async () => {
  expect(await acquireLease(db, 'w1', 'vllm')).toBeNull()
  await retireHost(db, 'a')
  expect(await acquireLease(db, 'w2', 'llama.cpp')).toBeNull()
})
