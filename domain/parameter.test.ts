import { expect, test } from 'vitest'
import { Parameter, parameterValues, valueAt, wrongValue } from './parameter.ts'

const integer = (low: number, high: number, more = {}) =>
  Parameter.parse({ type: 'integer', low, high, ...more })

test('powers of two are those within the range', () => {
  expect(parameterValues(integer(3, 64, { scale: 'power-of-two' }))).toEqual([4, 8, 16, 32, 64])
})

test('a step starts at the low end and stays below the high one', () => {
  expect(parameterValues(integer(1, 10, { step: 4 }))).toEqual([1, 5, 9])
})

test.each([
  [integer(1, 4), [1, 2, 3, 4]],
  [integer(1, 8, { scale: 'power-of-two' }), [1, 2, 4, 8]],
  [Parameter.parse({ type: 'boolean' }), [false, true]],
  [Parameter.parse({ type: 'ordinal', choices: ['low', 'mid', 'high'] }), ['low', 'mid', 'high']],
])('points spread evenly over the values of %j', (parameter, values) => {
  const points = values.map((_, index) => (index + 0.5) / values.length)
  expect(points.map((point) => valueAt(parameter, point))).toEqual(values)
  expect(valueAt(parameter, 0)).toBe(values[0])
  expect(valueAt(parameter, 1 - 2 ** -32)).toBe(values.at(-1))
})

test('a log scale gives each factor the same share', () => {
  const parameter = Parameter.parse({ type: 'float', low: 0.01, high: 100, scale: 'log' })
  expect([0, 0.25, 0.5, 0.75].map((point) => valueAt(parameter, point))).toEqual([0.01, 0.1, 1, 10])
  const whole = integer(1, 1000, { scale: 'log' })
  expect(valueAt(whole, 0)).toBe(1)
  expect(valueAt(whole, 0.9999999)).toBe(1000)
})

test.each([
  [{ type: 'integer', low: 8, high: 4 }, 'the range is empty'],
  [{ type: 'integer', low: 5, high: 7, scale: 'power-of-two' }, 'no power of two'],
  [{ type: 'integer', low: 0, high: 7, scale: 'log' }, 'starts at 1'],
  [{ type: 'float', low: 0, high: 1, scale: 'log' }, 'above 0'],
  [{ type: 'categorical', choices: ['a', 'a'] }, 'listed twice'],
])('%j is refused', (parameter, message) => {
  const parsed = Parameter.safeParse(parameter)
  expect(parsed.error?.issues.map((issue) => issue.message).join()).toContain(message)
})

test('a value outside its parameter is named with what was expected', () => {
  expect(wrongValue(integer(1, 4), 5)).toBe('expected one of 1, 2, 3, 4, got 5')
  expect(wrongValue(Parameter.parse({ type: 'float', low: 0, high: 1 }), 2)).toBe('expected 0 to 1, got 2')
  expect(wrongValue(integer(1, 4), 4)).toBeNull()
})

test('special values come first, each with a share of its own, and count as values', () => {
  const parameter = Parameter.parse({ type: 'float', low: 0, high: 1, special: [-1] })
  expect(valueAt(parameter, 0.05)).toBe(-1)
  expect(valueAt(parameter, 1 / 9)).toBe(0)
  expect(wrongValue(parameter, -1)).toBeNull()
  expect(wrongValue(parameter, -2)).not.toBeNull()
  expect(parameterValues(integer(1, 2, { special: [0] }))).toEqual([0, 1, 2])
})

test('a special value within the range is refused', () => {
  const parsed = Parameter.safeParse({ type: 'integer', low: 0, high: 9, special: [3] })
  expect(parsed.error?.issues[0]?.message).toContain('lies in the range')
})
