import { afterAll, beforeAll, expect, test } from 'vitest'
import { cpuDevices } from '../runtimes/detect-devices.ts'
import { newDatabase, newSpec } from '../tests/database.ts'
import type { Database } from './connect.ts'
import { announceHost } from './hosts.ts'
import { acquireLease, grantFreeDevices, releaseLease } from './leases.ts'
import { createProject, QuotaReachedError, setQuotas, withPlace } from './projects.ts'
import { createTuning, setTuningState } from './tunings.ts'

let db: Database

beforeAll(async () => {
  db = (await newDatabase()).db
  await createProject(db, 'small', { devices: 2, runningTunings: 2 })
  await announceHost(db, {
    name: 'a',
    devices: cpuDevices(4, 8, 'CPU'),
    engines: [{ kind: 'llama.cpp', path: '/x', version: null }],
    runtimes: ['process'],
    labels: {},
    version: '1',
  })
})
afterAll(() => db.destroy())

const start = (id: string, project: string, idempotencyKey: string | null = null) =>
  createTuning(db, { id, spec: newSpec(), idempotencyKey, project })

test('of tunings started at once as many run as may, and one that ended makes place', async () => {
  const ids = ['1', '2', '3', '4', '5']
  const started = await Promise.allSettled(ids.map((id) => start(id, 'small')))
  const refused = started.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
  expect(refused).toHaveLength(3)
  for (const reason of refused) expect(reason).toBeInstanceOf(QuotaReachedError)
  await start('elsewhere', 'default')

  const running = ids.filter((_, index) => started[index]?.status === 'fulfilled')
  await setTuningState(db, running[0] ?? '', { state: 'completed', phase: 'done' })
  await start('6', 'small', 'key')
  // Asked for again by its key, it is no further one.
  expect(await start('7', 'small', 'key')).toMatchObject({ created: false, tuning: { id: '6' } })
})

test('of tunings resumed at once as many run as may, and a place is kept only while one is being resumed', async () => {
  await createProject(db, 'resumed', { runningTunings: 1 })
  for (const id of ['p1', 'p2']) {
    await start(id, 'resumed')
    await setTuningState(db, id, { state: 'paused', phase: 'search' })
  }
  const resume = (id: string, during: () => Promise<unknown>) =>
    withPlace(db, { id, project: 'resumed' }, during)
  await resume('p1', async () => {
    await expect(resume('p2', () => Promise.resolve())).rejects.toThrow('that many run: "')
    await expect(start('p3', 'resumed')).rejects.toThrow(QuotaReachedError)
    // Asked for twice, it takes one place.
    await resume('p1', () => Promise.resolve())
  })
  await expect(resume('p1', () => Promise.reject(new Error('away')))).rejects.toThrow('away')
  await resume('p2', () => setTuningState(db, 'p2', { state: 'running', phase: 'search' }))
  await expect(resume('p1', () => Promise.resolve())).rejects.toThrow('(p2)')
})

test('experiments wait while their project holds as many devices as it may, and go on when it may hold more', async () => {
  const ask = (workflowId: string, project: string, devices = 1) =>
    acquireLease(db, {
      ...{ workflowId, project, number: 0, priority: 0 },
      tuningId: project === 'small' ? '6' : 'elsewhere',
      request: { engine: 'llama.cpp', runtime: 'process', devices, labels: {}, exclusive: null },
    })
  expect(await ask('w1', 'small')).toMatchObject({ lease: { host: 'a' } })
  expect(await ask('w2', 'small')).toMatchObject({ lease: { host: 'a' } })
  expect(await ask('w3', 'small')).toMatchObject({ lease: null, impossible: null })
  expect(await ask('w4', 'default')).toMatchObject({ lease: { host: 'a' } })
  expect(await ask('w5', 'small', 3)).toMatchObject({ lease: null, impossible: 'beyond_quota' })

  expect(await grantFreeDevices(db)).toEqual([])
  await setQuotas(db, 'small', { devices: 3 })
  expect(await grantFreeDevices(db)).toMatchObject([{ workflowId: 'w3' }])
  await setQuotas(db, 'small', { devices: 1 })
  expect(await releaseLease(db, 'w1')).toEqual([])
})
