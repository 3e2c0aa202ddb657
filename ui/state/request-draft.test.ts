import { expect, test } from 'vitest'
import { problemsAt, renamed, valueAt, withValue } from './request-draft.ts'

const draft = { name: 'a', budget: { experiments: 3 }, rules: ['a <= b', 'c'], space: { 'x/y': 1, z: 2 } }

test('reads at a pointer, through lists and escapes', () => {
  expect(valueAt(draft, '/budget/experiments')).toBe(3)
  expect(valueAt(draft, '/rules/1')).toBe('c')
  expect(valueAt(draft, '/space/x~1y')).toBe(1)
  expect(valueAt(draft, '/nothing/here')).toBeUndefined()
})

test('writes at a pointer and leaves the rest as it was', () => {
  const changed = withValue(draft, '/budget/time', '20m')
  expect(changed.budget).toEqual({ experiments: 3, time: '20m' })
  expect(changed.rules).toBe(draft.rules)
  expect(draft.budget).toEqual({ experiments: 3 })
})

test('makes the objects on the way', () => {
  expect(withValue({}, '/workload/load/rate', 8)).toEqual({ workload: { load: { rate: 8 } } })
})

test('adds to, changes and shortens lists', () => {
  expect(withValue(draft, '/rules/2', 'd').rules).toEqual(['a <= b', 'c', 'd'])
  expect(withValue(draft, '/rules/0', 'e').rules).toEqual(['e', 'c'])
  expect(withValue(draft, '/rules/0', undefined).rules).toEqual(['c'])
})

test('takes away and renames keys in their order', () => {
  expect(withValue(draft, '/budget/experiments', undefined).budget).toEqual({})
  expect(Object.keys(renamed(draft.space, 'x/y', 'w'))).toEqual(['w', 'z'])
})

test('finds problems at a place and beneath it', () => {
  const errors = [
    { pointer: '/space/a', message: 'one' },
    { pointer: '/space/a/low', message: 'two' },
    { pointer: '/space/ab', message: 'three' },
  ]
  expect(problemsAt(errors, '/space/a')).toEqual(['one'])
  expect(problemsAt(errors, '/space/a', true)).toEqual(['one', 'two'])
})
