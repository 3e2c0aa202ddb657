import { Client, Connection } from '@temporalio/client'
import { expect, test } from 'vitest'
import { createProject } from '../database/projects.ts'
import { createSchedule, findSchedule, listRuns } from '../database/schedules.ts'
import { findTuning, setTuningState } from '../database/tunings.ts'
import { changeUser } from '../database/users.ts'
import { SchedulePlan } from '../domain/schedule.ts'
import { newDatabase, newSpec } from '../tests/database.ts'
import { createScheduleActivities } from './schedule-activities.ts'

test('the runs of a schedule are in its project, and one that is beyond the quota waits for its turn', async () => {
  const { db } = await newDatabase()
  const activities = createScheduleActivities({
    db,
    client: new Client({ connection: Connection.lazy() }),
    pauseSchedule: () => Promise.resolve(),
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

test('a schedule of a deleted user starts nothing and is paused, with the reason', async () => {
  const { db } = await newDatabase()
  const paused: string[] = []
  const activities = createScheduleActivities({
    db,
    client: new Client({ connection: Connection.lazy() }),
    pauseSchedule: ({ id }, reason) => Promise.resolve(paused.push(`${id}: ${reason}`)),
  })
  const plan = SchedulePlan.parse({ timing: { every: '24h' } })
  const schedule = { name: 'nightly', spec: newSpec(), plan, paused: false, project: 'default' }
  await createSchedule(db, { ...schedule, id: 'hers', owner: 'grace' })
  await createSchedule(db, { ...schedule, id: 'older', owner: null })
  const runOf = async (id: string, key: string) => activities.createScheduledTuning(id, key, 'now')
  // Where nobody has to sign in, none is missing.
  expect(await runOf('hers', '1')).toMatchObject({ owner: 'grace' })
  for (const [name, role] of [
    ['ada', 'admin'],
    ['grace', 'operator'],
  ] as const)
    await db.insertInto('users').values({ name, role, password_hash: 'none', subject: null }).execute()
  expect(await runOf('hers', '2')).toMatchObject({ owner: 'grace' })

  await changeUser(db, 'grace', 'remove')
  expect(await runOf('hers', '3')).toBeNull()
  expect(await runOf('older', '4')).toMatchObject({ owner: null })
  expect(await listRuns(db, 'hers', 9)).toHaveLength(2)
  expect(paused).toEqual(['hers: its owner grace is no user any more'])
  expect(await findSchedule(db, 'hers')).toMatchObject({ paused: true })
  await db.destroy()
})
