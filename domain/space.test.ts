import { expect, test } from 'vitest'
import { checkConfiguration, checkRules, configurationKey, countAllowed, Space, spaceSize } from './space.ts'

const space = Space.parse({
  batch: { type: 'integer', low: 1, high: 4 },
  ubatch: { type: 'integer', low: 1, high: 4 },
  fast: { type: 'boolean' },
})

test('the size of a space is the product of its parameters, and infinite with a float range', () => {
  expect(spaceSize(space)).toBe(32)
  expect(spaceSize({ ...space, share: { type: 'float', low: 0, high: 1, scale: 'linear' } })).toBe(Infinity)
})

test('configurations that fulfil every rule are counted', () => {
  expect(countAllowed(space, ['ubatch <= batch'], {})).toBe(20)
  expect(countAllowed(space, ['batch * 2 <= limit'], { limit: 4 })).toBe(16)
})

test('a rule that leaves nothing is named', () => {
  expect(checkRules(space, ['ubatch <= batch', 'batch > 4'], {})).toEqual([
    { path: ['rules', 1], message: 'no configuration of the space fulfils this rule' },
  ])
  expect(checkRules(space, ['batch < 2', 'batch > 2'], {})[0]?.message).toContain('all rules together')
})

test('a rule over an unknown parameter says so and names the nearest', () => {
  const [finding] = checkRules(space, ['ubach <= batch'], {})
  expect(finding?.path).toEqual(['rules', 0])
  expect(finding?.message).toContain('"ubach"')
  expect(finding?.message).toContain('did you mean "ubatch"?')
})

test('equal configurations have the same key whatever the order of their names', () => {
  expect(configurationKey({ a: 1, b: 'x' })).toBe(configurationKey({ b: 'x', a: 1 }))
  expect(configurationKey({ a: 1 })).not.toBe(configurationKey({ a: '1' }))
})

test('a configuration is checked value by value', () => {
  expect(checkConfiguration(space, { batch: 9, other: 1 }).map(({ path }) => path)).toEqual([
    ['batch'],
    ['other'],
  ])
})
