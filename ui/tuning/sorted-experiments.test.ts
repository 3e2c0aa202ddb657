import { expect, test } from 'vitest'
import type { ExperimentBrief } from '../../client/client.ts'
import { sortedExperiments } from './sorted-experiments.ts'

const experiments = [
  { number: 0, objective: 5, state: 'completed' },
  { number: 1, objective: null, state: 'failed' },
  { number: 2, objective: 9, state: 'completed' },
] as ExperimentBrief[]
const order = (key: 'number' | 'objective' | 'state', descending: boolean) =>
  sortedExperiments(experiments, key, descending).map(({ number }) => number)

test('puts experiments without a value last either way', () => {
  expect(order('objective', false)).toEqual([0, 2, 1])
  expect(order('objective', true)).toEqual([2, 0, 1])
})

test('keeps the order of numbers among equals', () => {
  expect(order('state', true)).toEqual([1, 0, 2])
  expect(order('number', true)).toEqual([2, 1, 0])
})
