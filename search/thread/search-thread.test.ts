import { expect, test } from 'vitest'
import { Space } from '../../domain/space.ts'
import { insight } from '../insight/insight.ts'
import type { SearchProblem, Trial } from '../problem.ts'
import { suggest } from '../suggest.ts'
import { createSearchThread } from './search-thread.ts'

const problem: SearchProblem = {
  space: Space.parse({ a: { type: 'integer', low: 1, high: 50 }, b: { type: 'boolean' } }),
  rules: ['a < 40 || b'],
  fixed: {},
  objectives: [{ metric: 'speed', direction: 'maximize' }],
  constraints: [],
  defaults: { a: 8, b: false },
}

test('the thread answers what the functions do, calls at once too', async () => {
  const thread = createSearchThread()
  const trials = [1, 5, 20, 30].map((a): Trial => ({
    configuration: { a, b: true },
    outcome: { status: 'measured', metrics: { speed: a } },
  }))
  const answers = await Promise.all([
    thread.suggest(problem, trials, 1, 'model'),
    thread.insight(problem, trials),
    thread.suggest(problem, trials, 2, 'random'),
    thread.suggest(problem, [], 1, 'grid'),
  ])
  expect(answers).toEqual([
    ...suggest(problem, trials, 1, 1, 'model'),
    insight(problem, trials),
    ...suggest(problem, trials, 1, 2, 'random'),
    ...suggest(problem, [], 1, 1, 'grid'),
  ])
})

test('an error in the thread is an error of the call, and the next call works', async () => {
  const thread = createSearchThread()
  await expect(thread.suggest({ ...problem, rules: ['((('] }, [], 1, 'model')).rejects.toThrow()
  await expect(thread.suggest(problem, [], 1, 'model')).resolves.toMatchObject({ kind: 'start' })
})
