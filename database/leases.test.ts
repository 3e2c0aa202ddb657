import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { newDatabase } from '../tests/database.ts'
import type { LeaseRequest } from '../domain/allocation.ts'
import { cpuDevices } from '../runtimes/detect-devices.ts'
import type { Database } from './connect.ts'
import { readFleetGauges } from './fleet-gauges.ts'
import { announceHost, retireHost, setDraining } from './hosts.ts'
import {
  acquireLease,
  grantFreeDevices,
  listHoldings,
  listQueue,
  releaseLease,
  setWaitingPriority,
} from './leases.ts'

let db: Database

beforeAll(async () => {
  db = (await newDatabase()).db
})
afterAll(() => db.destroy())

const announce = (name: string, shares: number) =>
  announceHost(db, {
    name,
    devices: cpuDevices(shares, 8, 'CPU'),
    engines: [{ kind: 'llama.cpp', path: '/x', version: null }],
    runtimes: ['process'],
    labels: {},
    version: '1',
  })

beforeEach(async () => {
  await db.deleteFrom('hosts').execute()
  for (const { workflowId } of await listQueue(db)) await releaseLease(db, workflowId)
  await announce('a', 2)
})

const ask = (workflowId: string, change: Partial<LeaseRequest> = {}, tuningId = 't', priority = 0) =>
  acquireLease(db, {
    workflowId,
    tuningId,
    project: 'default',
    number: 0,
    priority,
    request: {
      engine: 'llama.cpp',
      runtime: 'process',
      devices: 1,
      labels: {},
      exclusive: null,
      ...change,
    },
  })
const devicesOf = ({ lease }: Awaited<ReturnType<typeof ask>>) => lease?.devices.map(({ id }) => id) ?? null

test('who measures an endpoint holds no device', async () => {
  await ask('e1', { exclusive: 'http://127.0.0.1:8000' })
  expect(await readFleetGauges(db)).toMatchObject({ devices_held: 0, oldest_lease_seconds: 0 })
  await ask('w1')
  expect(await readFleetGauges(db)).toMatchObject({ devices_held: 1 })
  await releaseLease(db, 'e1')
})

test('a device is held by one experiment at a time, and asked for twice it is the same', async () => {
  const first = await ask('w1')
  expect(await ask('w1')).toEqual(first)
  expect(new Set([...(devicesOf(first) ?? []), ...(devicesOf(await ask('w2')) ?? [])])).toEqual(
    new Set(['cpu-0', 'cpu-1']),
  )
  expect(devicesOf(await ask('w3'))).toBeNull()
})

test('what is released goes to who came first, and is told so', async () => {
  for (const holder of ['w1', 'w2', 'w3', 'w4']) await ask(holder)
  expect(await releaseLease(db, 'w2')).toMatchObject([{ workflowId: 'w3', host: 'a' }])
  expect(devicesOf(await ask('w4'))).toBeNull()
  expect(devicesOf(await ask('w3'))).toEqual(['cpu-1'])
  expect(await releaseLease(db, 'w2')).toEqual([])
})

test('twenty experiments at once get two devices between them', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => ask(`w${index}`)))
  expect(answers.filter(({ lease }) => lease !== null)).toHaveLength(2)
  expect(new Set((await listHoldings(db)).map(({ device }) => device)).size).toBe(2)
})

test('one who waits and gives up does not block those behind', async () => {
  for (const holder of ['w1', 'w2', 'w3', 'w4']) await ask(holder)
  await releaseLease(db, 'w3')
  await releaseLease(db, 'w1')
  expect(devicesOf(await ask('w4'))).toEqual(['cpu-0'])
})

test('a priority that is raised while waiting counts', async () => {
  for (const holder of ['w1', 'w2']) await ask(holder)
  await ask('w3', {}, 'first')
  await ask('w4', {}, 'urgent')
  await setWaitingPriority(db, 'urgent', 5)
  expect(await releaseLease(db, 'w1')).toMatchObject([{ workflowId: 'w4' }])
})

test('a host that was stopped or is drained gets nothing; what becomes free later goes to who waits', async () => {
  await setDraining(db, 'a', true)
  expect(devicesOf(await ask('w1'))).toBeNull()
  await setDraining(db, 'a', false)
  expect(await grantFreeDevices(db)).toMatchObject([{ workflowId: 'w1' }])
  await retireHost(db, 'a')
  expect(devicesOf(await ask('w2'))).toBeNull()
})

test('more devices than any host has, or an engine that none has, is known at once', async () => {
  expect(await ask('w1', { devices: 3 })).toMatchObject({ lease: null, impossible: 'no_host' })
  expect(await ask('w2', { engine: 'vllm' })).toMatchObject({ impossible: 'no_host' })
  await announce('b', 4)
  expect(devicesOf(await ask('w1', { devices: 3 }))).toHaveLength(3)
})
