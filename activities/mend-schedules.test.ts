import { Client, Connection } from '@temporalio/client'
import { expect, test } from 'vitest'
import { createSchedule } from '../database/schedules.ts'
import { SchedulePlan } from '../domain/schedule.ts'
import { newDatabase, newSpec } from '../tests/database.ts'
import { createHousekeepingActivities } from './housekeeping-activities.ts'

test('what was paused or resumed in Temporal itself is made anew so when Temporal has lost it', async () => {
  const { db } = await newDatabase()
  /** Whether it is paused, of each schedule that Temporal has. */
  const temporal = new Map<string, boolean>()
  const housekeeping = createHousekeepingActivities({
    db,
    client: new Client({ connection: Connection.lazy() }),
    startTuning: () => Promise.resolve(),
    ensureSchedule({ id, paused }) {
      const now = temporal.get(id) ?? paused
      temporal.set(id, now)
      return Promise.resolve(now)
    },
    deleteHistory: () => Promise.resolve(),
    retentionDays: 1,
    deletedDays: 1,
  })
  const plan = SchedulePlan.parse({ timing: { every: '24h' } })
  const schedule = { name: 'nightly', spec: newSpec(), plan, project: 'default', owner: null }
  await createSchedule(db, { ...schedule, id: 'paused', paused: false })
  await createSchedule(db, { ...schedule, id: 'resumed', paused: true })
  temporal.set('paused', true).set('resumed', false)
  await housekeeping.mendSchedules()
  temporal.clear()
  await housekeeping.mendSchedules()
  expect(Object.fromEntries(temporal)).toEqual({ paused: true, resumed: false })
  await db.destroy()
})
