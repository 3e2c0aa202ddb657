import { expect, test } from 'vitest'
import { figure, gainOver, gainText, percentChange } from './figures.ts'

test('writes figures with the digits they deserve', () => {
  expect([1234.56, 45.678, 1.2345, 0.01234, 7, 0, null].map(figure)).toEqual([
    '1,235',
    '45.7',
    '1.23',
    '0.012',
    '7.00',
    '0',
    '–',
  ])
})

test('writes gains as a factor and a signed percentage', () => {
  expect(gainText(1.32)).toBe('×1.32 (+32 %)')
  expect(percentChange(0.95)).toBe('−5.0 %')
})

test('turns the gain of a minimised metric so that above 1 is better', () => {
  expect(gainOver(200, 100, false)).toBe(2)
  expect(gainOver(100, 150, true)).toBe(1.5)
})

test('tells no gain without a baseline or of nothing', () => {
  expect(gainOver(null, 100, true)).toBeNull()
  expect(gainOver(0, 100, true)).toBeNull()
  expect(gainOver(100, undefined, true)).toBeNull()
})
