import { expect, test } from 'vitest'
import { checkConfiguration, Space, configurationKey, ruleChecker } from '../domain/space.ts'
import type { SearchProblem, Suggestion, Trial } from './problem.ts'
import { suggest } from './suggest.ts'

const problem: SearchProblem = {
  space: Space.parse({
    parallel: { type: 'integer', low: 1, high: 16, scale: 'power-of-two' },
    batch: { type: 'integer', low: 32, high: 2048, scale: 'log' },
    ubatch: { type: 'integer', low: 32, high: 2048, scale: 'log' },
    cache: { type: 'categorical', choices: ['f16', 'q8_0'] },
  }),
  rules: ['ubatch <= batch', 'parallel * 64 <= ctx'],
  fixed: { ctx: 512 },
  objectives: [{ metric: 'speed', direction: 'maximize' }],
  constraints: [],
  defaults: {},
}

const pending = (suggestions: Suggestion[]): Trial[] =>
  suggestions.map(({ configuration }) => ({ configuration, outcome: { status: 'pending' } }))

test('the same call gives the same answer, another seed another one', () => {
  expect(suggest(problem, [], 10, 3)).toEqual(suggest(problem, [], 10, 3))
  expect(suggest(problem, [], 10, 3)).not.toEqual(suggest(problem, [], 10, 4))
})

test('asked one by one with the history, it goes through the same configurations as asked at once', () => {
  const history: Trial[] = []
  for (let n = 0; n < 12; n++) history.push(...pending(suggest(problem, history, 1, 5)))
  const atOnce = suggest(problem, [], 12, 5)
  expect(history.map(({ configuration }) => configuration)).toEqual(
    atOnce.map(({ configuration }) => configuration),
  )
})

test('defaults and a baseline outside the space lead to configurations inside it', () => {
  const outside = {
    ...problem,
    space: Space.parse({ parallel: { type: 'integer', low: 4, high: 8 }, cache: { type: 'boolean' } }),
    rules: [],
    defaults: { parallel: 1, cache: 'f16' },
  }
  const baseline: Trial = {
    configuration: { parallel: 1 },
    outcome: { status: 'measured', metrics: { speed: 10 } },
  }
  for (const history of [[], [baseline]]) {
    const suggestions = suggest(outside, history, 10, 1)
    expect(suggestions).toHaveLength(10)
    for (const { configuration } of suggestions)
      expect(checkConfiguration(outside.space, configuration)).toEqual([])
  }
})

test('no rule is ever broken and no configuration repeated', () => {
  const suggestions = suggest(problem, [], 200, 1, 'sobol')
  const breaks = ruleChecker(problem.rules, problem.fixed)
  expect(suggestions).toHaveLength(200)
  expect(suggestions.filter(({ configuration }) => breaks(configuration) !== null)).toEqual([])
  expect(new Set(suggestions.map(({ configuration }) => configurationKey(configuration))).size).toBe(200)
})

test('a small space is used up to its last configuration and then nothing is suggested', () => {
  const small = {
    ...problem,
    space: Space.parse({ a: { type: 'integer', low: 1, high: 5 }, b: { type: 'boolean' } }),
    rules: ['a < 5 || b'],
  }
  const suggestions = suggest(small, [], 100, 9)
  expect(suggestions).toHaveLength(9)
  expect(suggest(small, pending(suggestions), 1, 9)).toEqual([])
})

test('the first points cover each half of every parameter', () => {
  const first = suggest({ ...problem, rules: [] }, [], 8, 2, 'sobol').map(
    ({ configuration }) => configuration,
  )
  for (const [name, middle] of [
    ['parallel', 4],
    ['batch', 256],
    ['ubatch', 256],
  ] as const) {
    const below = first.filter((configuration) => Number(configuration[name]) < middle).length
    expect(below, name).toBeGreaterThanOrEqual(2)
    expect(below, name).toBeLessThanOrEqual(6)
  }
})
