import { expect, test } from 'vitest'
import { gainChange, gainInterval } from './gain-words.ts'

test('a gain is written as the change of its metric: half the latency is half less, not twice as much', () => {
  expect(gainChange(1.32, true)).toBe('+32 %')
  expect(gainChange(2, false)).toBe('−50 %')
  expect(gainChange(0.8, false)).toBe('+25 %')
})

test('an interval of a gain begins with the lower change', () => {
  expect(gainInterval(1.2, 1.4, true)).toEqual(['+20 %', '+40 %'])
  expect(gainInterval(2, 4, false)).toEqual(['−75 %', '−50 %'])
})
