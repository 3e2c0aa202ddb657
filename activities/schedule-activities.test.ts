import { Client, Connection } from '@temporalio/client'
import { expect, test } from 'vitest'
import { createProject } from '../database/projects.ts'
import { createSchedule } from '../database/schedules.ts'
import { findTuning, setTuningState } from '../database/tunings.ts'
import { SchedulePlan } from '../domain/schedule.ts'
import { newDatabase, newSpec } from '../tests/database.ts'
import { createScheduleActivities } from './schedule-activities.ts'

test('the runs of a schedule are in its project, and one that is beyond the quota waits for its turn', async () => {
  const { db } = await newDatabase()
  const activities = createScheduleActivities({
    db,
    client: new Client({ connection: Connection.lazy() }),
  })
  await createProject(db, 'small', { runningTunings: 1 })
  const plan = SchedulePlan.parse({ timing: { every: '24h' } })
  const schedule = {
    id: 's',
    name: 'nightly',
    spec: newSpec(),
    plan,
    paused: false,
    project: 'small',
    owner: 'grace',
  }
  await createSchedule(db, schedule)
  const first = await activities.createScheduledTuning('s', 'run-1', 'now')
  const id = first?.tuningId ?? ''
  expect(await findTuning(db, id)).toMatchObject({ project: 'small', owner: 'grace' })

  // Temporal tries again what fails.
  const second = () => activities.createScheduledTuning('s', 'run-2', 'later')
  await expect(second()).rejects.toThrow('may run 1 tuning')
  await setTuningState(db, id, { state: 'completed', phase: 'done' })
  expect((await second())?.tuningId).toMatch(/^\w+$/)
  await db.destroy()
})
