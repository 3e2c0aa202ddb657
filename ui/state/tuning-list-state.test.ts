import { expect, test } from 'vitest'
import type { Tuning } from '../../client/client.ts'
import { countByState, toggled, withPage, withTuning } from './tuning-list-state.ts'

const tuning = (id: string, createdAt: string, rest: Partial<Tuning> = {}): Tuning =>
  ({ id, name: `name-${id}`, createdAt, lastEvent: 1, state: 'running', ...rest }) as Tuning
const ALL = { search: '', project: '', deleted: false }
const list = [tuning('b', '2026-01-02'), tuning('a', '2026-01-01')]

test('puts a changed tuning in its place and a new one first', () => {
  const changed = tuning('a', '2026-01-01', { lastEvent: 2, state: 'completed' })
  expect(withTuning(list, changed, ALL, false)).toEqual([list[0], changed])
  expect(withTuning(list, tuning('c', '2026-01-03'), ALL, false).map(({ id }) => id)).toEqual(['c', 'b', 'a'])
})

test('keeps what is newer than a late change', () => {
  expect(withTuning(list, tuning('a', '2026-01-01', { lastEvent: 0 }), ALL, false)).toBe(list)
})

test('puts an old one that comes back at the end, where nothing is left to load', () => {
  expect(withTuning(list, tuning('z', '2025-01-01'), ALL, false)).toBe(list)
  expect(withTuning(list, tuning('z', '2025-01-01'), ALL, true).map(({ id }) => id)).toEqual(['b', 'a', 'z'])
})

test('leaves out what the filter does not name or a later page holds', () => {
  expect(withTuning(list, tuning('c', '2026-01-03'), { ...ALL, search: 'other' }, false)).toBe(list)
  expect(withTuning(list, tuning('z', '2025-01-01'), ALL, false)).toBe(list)
  const other = tuning('c', '2026-01-03', { project: 'other' })
  expect(withTuning(list, other, { ...ALL, project: 'mine' }, false)).toBe(list)
})

test('what is heard of is not among the deleted any more', () => {
  const deleted = { ...ALL, deleted: true }
  expect(withTuning(list, tuning('a', '2026-01-01'), deleted, true)).toEqual([list[0]])
  expect(withTuning(list, tuning('c', '2026-01-03'), deleted, true)).toEqual(list)
})

test('adds a page without doubles', () => {
  expect(withPage(list, [tuning('a', '2026-01-01'), tuning('z', '2025-01-01')])).toHaveLength(3)
})

test('counts by state and toggles states', () => {
  expect(countByState(list)).toEqual({ running: 2 })
  expect(toggled(toggled([], 'failed'), 'failed')).toEqual([])
})
