import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventsOf, newDatabase, newTuning } from '../tests/database.ts'
import { recordAction } from './actions.ts'
import type { Database } from './connect.ts'
import { planExperiment } from './plans.ts'
import { findStop } from './search-stop.ts'
import { findTuning } from './tunings.ts'

let db: Database

beforeAll(async () => {
  db = (await newDatabase()).db
})
afterAll(() => db.destroy())

const stop = { reason: 'little to gain', expectedGain: 0.001 }
const budgeted = (rule: string) => newTuning(db, { budget: { experiments: 9, stop: rule } })
const extend = (id: string) =>
  recordAction(db, id, 'extended', {
    what: { action: 'extend', arguments: { experiments: 3 } },
    by: 'me',
    reason: null,
  })

test('the end of a search plans nothing and is recorded once', async () => {
  const id = await budgeted('on')
  expect(await planExperiment(db, id, 0, () => stop)).toBeNull()
  expect(await planExperiment(db, id, 0, () => stop)).toBeNull()
  const events = (await eventsOf(db, id)).filter(({ event }) => event.type === 'search.stopped')
  expect(events).toMatchObject([{ event: stop }])
  expect(await findStop(db, id)).toMatchObject(stop)
})

test('who extends a search that has ended turns its rule off, who extends one before keeps it', async () => {
  const [ended, going] = [await budgeted('on'), await budgeted('on')]
  await planExperiment(db, ended, 0, () => stop)
  await extend(ended)
  await extend(going)
  expect((await findTuning(db, ended))?.spec.budget).toMatchObject({ stop: 'off', experiments: 12 })
  expect((await findTuning(db, going))?.spec.budget).toMatchObject({ stop: 'on', experiments: 12 })
})
