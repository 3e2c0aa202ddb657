import { expect, test } from 'vitest'
import { Space } from '../domain/space.ts'
import type { SearchProblem } from '../search/problem.ts'
import { suggest } from '../search/suggest.ts'
import { createSuggestThread } from './suggest-thread.ts'

const problem: SearchProblem = {
  space: Space.parse({ a: { type: 'integer', low: 1, high: 50 }, b: { type: 'boolean' } }),
  rules: ['a < 40 || b'],
  fixed: {},
  objectives: [{ metric: 'speed', direction: 'maximize' }],
  constraints: [],
  defaults: { a: 8, b: false },
}

test('the thread answers what the function does, calls at once too', async () => {
  const inThread = createSuggestThread()
  const answers = await Promise.all([inThread(problem, [], 3, 1), inThread(problem, [], 3, 2)])
  expect(answers).toEqual([suggest(problem, [], 3, 1), suggest(problem, [], 3, 2)])
})

test('an error in the thread is an error of the call, and the next call works', async () => {
  const inThread = createSuggestThread()
  await expect(inThread({ ...problem, rules: ['((('] }, [], 1, 1)).rejects.toThrow()
  await expect(inThread(problem, [], 1, 1)).resolves.toHaveLength(1)
})
