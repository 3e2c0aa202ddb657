import { expect, test } from 'vitest'
import type { Configuration } from '../../domain/parameter.ts'
import { Space } from '../../domain/space.ts'
import type { SearchProblem, Trial } from '../problem.ts'
import { suggest } from '../suggest.ts'
import { insight } from './insight.ts'

const problem: SearchProblem = {
  space: Space.parse({
    strong: { type: 'float', low: 0, high: 1 },
    weak: { type: 'float', low: 0, high: 1 },
    dead: { type: 'integer', low: 1, high: 64, scale: 'log' },
    one: { type: 'boolean' },
    other: { type: 'boolean' },
    mode: { type: 'categorical', choices: ['plain', 'deep'] },
    depth: { type: 'integer', low: 1, high: 8, condition: { parameter: 'mode', in: ['deep'] } },
  }),
  rules: [],
  fixed: {},
  objectives: [{ metric: 'speed', direction: 'maximize' }],
  constraints: [{ metric: 'delay', op: '<=', limit: 100 }],
  defaults: { strong: 0.5, weak: 0.5, dead: 8, one: false, other: false, mode: 'plain' },
}

/** Log speed: main effects of variance 4/12 and 0.25/12, an interaction of 0.36/16, half of which are main effects. */
function measure({ strong, weak, one, other }: Configuration): Trial['outcome'] {
  if (Number(strong) > 0.9) return { status: 'failed', kind: 'out_of_memory' }
  const both = one === true && other === true ? 0.6 : 0
  const speed = 100 * Math.exp(2 * Number(strong) + 0.5 * Number(weak) + both)
  return { status: 'measured', metrics: { speed, delay: 40 * Math.exp(1.5 * Number(strong)) } }
}

const spread = suggest(problem, [], 60, 5, 'sobol').map(({ configuration }) => configuration)
const history = spread.map((configuration): Trial => ({ configuration, outcome: measure(configuration) }))
const found = insight(problem, history)
const parameter = (name: string) => found?.parameters.find((each) => each.parameter === name)
/** Of the variance over the space, without the part of `strong` that fails. */
const TRUE_TOTAL = 4 / 12 + 0.25 / 12 + 0.36 * (3 / 16)

test('importance is the share of the variance, and what does nothing has none', () => {
  const order = found?.parameters.map((each) => each.parameter) ?? []
  expect(order[0]).toBe('strong')
  for (const [name, share] of [
    ['strong', 4 / 12 / TRUE_TOTAL],
    ['weak', 0.25 / 12 / TRUE_TOTAL],
  ] as const) {
    const { low = 1, high = 0, share: median = 0 } = parameter(name)?.importance ?? {}
    expect(Math.abs(median - share), name).toBeLessThan(0.08)
    expect(low, name).toBeLessThanOrEqual(share + 0.03)
    expect(high, name).toBeGreaterThanOrEqual(share - 0.03)
  }
  for (const name of ['dead', 'mode', 'depth'])
    expect(parameter(name)?.importance.share, name).toBeLessThan(0.02)
})

test('the strongest pair is the one that acts together', () => {
  const [first, second] = found?.pairs ?? []
  expect([first?.first, first?.second].toSorted()).toEqual(['one', 'other'])
  expect(first?.interaction.share).toBeGreaterThan(3 * (second?.interaction.share ?? 0))
  const cell = (one: boolean, other: boolean) =>
    first?.cells.find((each) => each.first === one && each.second === other)?.mean ?? NaN
  expect(cell(true, true) / cell(false, false)).toBeCloseTo(Math.exp(0.6), 0.5)
})

test('a main effect follows the function, inside its interval, and tells where failures are', () => {
  const effect = parameter('strong')?.effect ?? []
  const at = (value: number) => effect.find((point) => Math.abs(Number(point.value) - value) < 0.07)
  expect((at(0.75)?.mean ?? 0) / (at(0.25)?.mean ?? 1)).toBeCloseTo(Math.exp(1), 0)
  for (const { mean, low, high } of effect) expect(low <= mean && mean <= high).toBe(true)
  expect(at(1)?.failure).toBeGreaterThan(0.5)
  expect(at(0.25)?.failure).toBeLessThan(0.15)
  expect(at(0.25)?.feasible).toBeGreaterThan(0.9)
  expect(at(0.8)?.feasible).toBeLessThan(0.3)
})

test('a looser limit buys what it stands in the way of', () => {
  const [delay] = found?.limits ?? []
  const relaxed = delay?.relaxed ?? []
  // At a limit of 125, exp(2/1.5 * log(1.25)) times the speed; from 0.9 on it fails whatever the limit.
  const at125 = relaxed.find(({ limit }) => limit === 125)
  expect(at125?.ratio).toBeGreaterThan(1.15)
  expect(at125?.ratio).toBeLessThan(1.6)
  const ratios = relaxed.map(({ ratio }) => ratio)
  expect(ratios).toEqual(ratios.toSorted((a, b) => a - b))
})

test('the same history tells the same, a few measurements tell nothing', () => {
  expect(insight(problem, structuredClone(history))).toEqual(found)
  expect(insight(problem, history.slice(0, 2))).toBeNull()
  expect(insight(problem, [])).toBeNull()
})

test('a history without success, with values outside the space or without a limit is taken as it is', () => {
  const failed: Trial[] = spread.map((configuration) => ({
    configuration,
    outcome: { status: 'failed', kind: 'x' },
  }))
  expect(insight(problem, failed)).toBeNull()
  const foreign: Trial = { configuration: { nothing: 1 }, outcome: measure({}) }
  expect(insight(problem, [...history, foreign])?.experiments).toEqual(found?.experiments)
  expect(insight({ ...problem, constraints: [] }, history)?.limits).toEqual([])
})
