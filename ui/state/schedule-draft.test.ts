import { expect, test } from 'vitest'
import { ScheduleRequest } from '../../domain/schedule.ts'
import { initialDraft, scheduleRequest, tuningProblems } from './schedule-draft.ts'

const draft = { ...initialDraft('chat'), timeZone: 'Europe/Zurich' }

test('asks for what was chosen: a cron expression with its zone, or an interval without one', () => {
  expect(scheduleRequest(draft, { name: 'x' })).toMatchObject({
    name: 'chat, nightly',
    timing: { cron: ['0 3 * * *'] },
    timeZone: 'Europe/Zurich',
    tuning: { name: 'x' },
  })
  const every = scheduleRequest({ ...draft, kind: 'every', every: ' 6h ' }, {})
  expect(every).toMatchObject({ timing: { every: '6h' } })
  expect(every).not.toHaveProperty('timeZone')
})

test('begins with a plan that the API takes', () => {
  const { error } = ScheduleRequest.omit({ tuning: true }).safeParse(
    Object.fromEntries(Object.entries(scheduleRequest(draft, {})).filter(([key]) => key !== 'tuning')),
  )
  expect(error).toBeUndefined()
})

test('finds the problems of the tuning by their places in it', () => {
  expect(
    tuningProblems([
      { pointer: '/name', message: 'a' },
      { pointer: '/tuning/space/x', message: 'b' },
    ]),
  ).toEqual([{ pointer: '/space/x', message: 'b' }])
})
