import { expect, test } from 'vitest'
import {
  checkConfiguration,
  checkRules,
  checkTypes,
  configurationKey,
  countAllowed,
  everyConfiguration,
  Space,
  spaceSize,
} from './space.ts'

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

test('a value outside of its range is of the right type, one of another kind is not', () => {
  const types = Space.parse({
    ...space,
    share: { type: 'float', low: 0, high: 1 },
    kind: { type: 'categorical', choices: ['a', 'b'] },
  })
  expect(checkTypes(types, { batch: 9, share: -3, fast: true, kind: 'c', other: 'x' })).toEqual([])
  const wrong = { batch: 'x', ubatch: 2.5, share: 'much', fast: 1, kind: 3 }
  expect(checkTypes(types, wrong).map(({ path }) => path)).toEqual([
    ['batch'],
    ['ubatch'],
    ['share'],
    ['fast'],
    ['kind'],
  ])
})

const conditional = Space.parse({
  spec: { type: 'categorical', choices: ['none', 'draft', 'ngram'] },
  depth: { type: 'integer', low: 1, high: 4, condition: { parameter: 'spec', in: ['draft', 'ngram'] } },
  exact: { type: 'boolean', condition: { parameter: 'depth', in: [1] } },
  fast: { type: 'boolean' },
})

test('parameters that exist under a condition, nested too, are counted only where they exist', () => {
  // none: 1; draft and ngram: depth 1 with two values of exact, depths 2 to 4 without.
  expect(spaceSize(conditional)).toBe(2 * (1 + 2 * (2 + 3)))
  const all = [...everyConfiguration(conditional)]
  expect(all).toHaveLength(spaceSize(conditional))
  expect(new Set(all.map(configurationKey)).size).toBe(all.length)
  expect(all.filter((configuration) => 'exact' in configuration)).toHaveLength(8)
})

test('a condition may rest on a fixed value', () => {
  const { depth, fast } = conditional
  if (depth === undefined || fast === undefined) throw new Error('the space of this test has both')
  expect(countAllowed({ depth, fast }, [], { spec: 'draft' })).toBe(8)
  expect(countAllowed({ depth, fast }, [], { spec: 'none' })).toBe(2)
})

test('a rule over a parameter that does not exist holds', () => {
  expect(countAllowed(conditional, ['depth > 2'], {})).toBe(2 * (1 + 2 * 2))
})

test.each([
  [{ depth: { type: 'boolean', condition: { parameter: 'spek', in: ['draft'] } } }, 'did you mean "spec"?'],
  [{ depth: { type: 'boolean', condition: { parameter: 'spec', in: ['drift'] } } }, 'expected one of'],
  [
    {
      a: { type: 'boolean', condition: { parameter: 'b', in: [true] } },
      b: { type: 'boolean', condition: { parameter: 'a', in: [true] } },
    },
    'depends on itself',
  ],
])('a condition that cannot be is said: %j', (more, message) => {
  const findings = checkRules(Space.parse({ spec: conditional.spec, ...more }), [], {})
  expect(findings[0]?.message).toContain(message)
})
