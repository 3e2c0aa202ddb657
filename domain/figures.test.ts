import { expect, test } from 'vitest'
import { factor, figure, gainOver, percentChange } from './figures.ts'

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
  expect(factor(1.32)).toBe('×1.32')
  expect(percentChange(1.32)).toBe('+32 %')
  expect(percentChange(0.95)).toBe('−5.0 %')
  expect([1.3, 0.00000013, 916_325].map((ratio) => factor(ratio))).toEqual([
    '×1.30',
    'under ×0.01',
    'over ×100',
  ])
  expect([0.00000013, 916_325].map(percentChange)).toEqual(['−100 %', 'over +9900 %'])
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
