import { expect, test } from 'vitest'
import { ApiError } from '../client/client.ts'
import { explainFailure } from './explain-failure.ts'

test('who has to sign in is told where a command takes its token from', () => {
  const problem = { type: 'about:blank', title: 'Unauthorized', status: 401, detail: 'sign in' }
  expect(explainFailure(new ApiError(problem))).toMatch(/^sign in; .*REDLINE_TOKEN.*Settings/)
})

test('an error that quotes what others wrote does not command the terminal', () => {
  const problem = {
    type: 'about:blank',
    title: 'Bad Request',
    status: 400,
    detail: 'body/name: \u001b[2J',
    errors: [
      { pointer: '/name', message: 'first' },
      { pointer: '/project', message: 'second \u001b]0;mine\u0007' },
    ],
  }
  for (const error of [new ApiError(problem), new Error('no engine \u001b[2J')])
    expect(explainFailure(error)).not.toMatch(/[\u0007\u001b]/)
  expect(explainFailure(new ApiError(problem))).toContain('\n  body/project: second')
})
