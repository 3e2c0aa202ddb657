import { expect, test } from 'vitest'
import type { Schedule, ScheduleRun, Tuning } from '../../client/client.ts'
import { byNextRun, withRun } from './schedule-state.ts'

const run = (tuningId: string) =>
  ({ tuningId, state: 'running', best: null, finishedAt: null }) as ScheduleRun
const tuning = (id: string) =>
  ({ id, state: 'completed', best: { number: 3, objective: 9 }, finishedAt: 'now' }) as Tuning
const schedule = (id: string, nextRuns: string[], createdAt = '1') =>
  ({ id, nextRuns, createdAt }) as Schedule

test('puts a changed tuning into the run that it is, and leaves others', () => {
  const view = { schedule: schedule('s', []), runs: [run('a'), run('b')] }
  expect(withRun(view, tuning('b')).runs).toMatchObject([
    { tuningId: 'a', state: 'running' },
    { tuningId: 'b', state: 'completed', best: { number: 3 }, finishedAt: 'now' },
  ])
  expect(withRun(view, tuning('c'))).toBe(view)
})

test('sorts schedules by their next run, those without one last', () => {
  const sorted = byNextRun([
    schedule('old', [], '1'),
    schedule('late', ['2026-02-01']),
    schedule('new', [], '2'),
    schedule('soon', ['2026-01-01']),
  ])
  expect(sorted.map(({ id }) => id)).toEqual(['soon', 'late', 'new', 'old'])
})
