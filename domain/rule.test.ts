import { expect, test } from 'vitest'
import { compileRule, ruleNames, ruleProblem } from './rule.ts'

test.each([
  ['parallel * 256 <= ctx_size', { parallel: 4, ctx_size: 1024 }, true],
  ['parallel * 256 <= ctx_size', { parallel: 5, ctx_size: 1024 }, false],
  ['cache_type in ["f16", "q8_0"]', { cache_type: 'q8_0' }, true],
  ['cache_type in ["f16", "q8_0"]', { cache_type: 'q4_0' }, false],
  ['flash == "on" || cache == "f16"', { flash: 'off', cache: 'q8_0' }, false],
  ['!fast && depth % 2 == 0', { fast: false, depth: 4 }, true],
  ['speculative ? draft > 0 : draft == 0', { speculative: true, draft: 0 }, false],
  ['min(a, b) + max(a, b) == a + b && log2(a) <= ceil(b / 3)', { a: 8, b: 7 }, true],
  ['a + 1 < b', { a: 'text', b: 3 }, false],
])('%s over %j is %s', (rule, configuration, holds) => {
  expect(ruleProblem(rule)).toBeNull()
  expect(compileRule(rule)(configuration)).toBe(holds)
})

test('a rule over a parameter that is left to the engine holds: its value is not known', () => {
  expect(compileRule('ubatch_size <= batch_size')({ batch_size: 128 })).toBe(true)
})

test.each([
  ['a <', 'not a rule'],
  ['1 < 2', 'must name at least one parameter'],
  ['a.constructor == 1', 'not a rule'],
  ['process.exit(1)', 'not a rule'],
  ['eval(a) == 1', 'unknown function "eval"'],
  ['a ?? 1', 'not a rule'],
  ['this == 1', 'not a rule'],
])('%j is refused: %s', (rule, message) => {
  expect(ruleProblem(rule)).toContain(message)
})

test('the names of a rule are its parameters, each once', () => {
  expect(ruleNames('min(a, b) <= a * c')).toEqual(['a', 'b', 'c'])
})
