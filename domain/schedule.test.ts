import { expect, test } from 'vitest'
import { SchedulePlan } from './schedule.ts'
import { check } from './validation.ts'

const errorsOf = (plan: object) => check(SchedulePlan, plan).errors?.map(({ pointer }) => pointer)

test('cron, calendars and intervals are times; what is left out has its default', () => {
  expect(SchedulePlan.parse({ timing: { cron: ['0 3 * * *'] } })).toEqual({
    timing: { cron: ['0 3 * * *'] },
    timeZone: 'UTC',
    overlap: 'skip',
    catchupWindow: '1h',
  })
  const calendars = [{ hour: [3], dayOfWeek: ['MONDAY', 'FRIDAY'] }]
  expect(errorsOf({ timing: { calendars }, timeZone: 'Europe/Zurich' })).toBeUndefined()
  expect(errorsOf({ timing: { every: '5s' } })).toBeUndefined()
})

test('what is no time, time zone or policy is told with its place', () => {
  expect(errorsOf({ timing: { cron: ['daily'] } })).toEqual(['/timing/cron/0'])
  expect(errorsOf({ timing: { every: '10ms' } })).toEqual(['/timing/every'])
  expect(errorsOf({ timing: { calendars: [{ hour: [24] }] } })).toEqual(['/timing/calendars/0/hour/0'])
  expect(errorsOf({ timing: { every: '1h' }, timeZone: 'Europe/Zurick' })).toEqual(['/timeZone'])
  expect(errorsOf({ timing: { every: '1h' }, overlap: 'queue' })).toEqual(['/overlap'])
})
