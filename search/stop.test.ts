import { expect, test } from 'vitest'
import type { Configuration } from '../domain/parameter.ts'
import { Space } from '../domain/space.ts'
import type { StopRule } from '../domain/tuning.ts'
import type { SearchProblem, Trial } from './problem.ts'
import { stopReason } from './stop.ts'
import { suggest } from './suggest.ts'

const ONE_OBJECTIVE: SearchProblem = {
  space: Space.parse({
    streams: { type: 'integer', low: 1, high: 64, scale: 'log' },
    batch: { type: 'integer', low: 64, high: 4096, scale: 'power-of-two' },
    flash: { type: 'boolean' },
  }),
  rules: [],
  fixed: {},
  objectives: [{ metric: 'speed', direction: 'maximize' }],
  constraints: [{ metric: 'delay', op: '<=', limit: 100 }],
  defaults: { streams: 4, batch: 512, flash: false },
}

/** The most streams within the limit of delay. */
const MOST_STREAMS = 33

const speed = ({ streams, batch, flash }: Configuration) =>
  Number(streams) ** 0.6 * (flash === true ? 1.3 : 1) * Math.exp(-0.1 * Math.log2(Number(batch) / 1024) ** 2)

/** Runs the search until the rule ends it, or for `most` experiments of `costS` seconds each. */
function run(
  rule: StopRule,
  most: number,
  costS = 60,
  problem = ONE_OBJECTIVE,
): { trials: Trial[]; reason: string | null } {
  const trials: Trial[] = []
  while (trials.length < most) {
    const [suggestion] = suggest(problem, trials, 1, 3)
    if (suggestion === undefined) break
    const reason = stopReason(rule, problem, trials, suggestion, 1)
    if (reason !== null) return { trials, reason }
    const { configuration } = suggestion
    const metrics = { speed: speed(configuration), delay: 6 * Number(configuration.streams) ** 0.8 }
    trials.push({ configuration, outcome: { status: 'measured', metrics }, costS })
  }
  return { trials, reason: null }
}

test('on: the search ends long before its budget, not before it has found the best, and says why', () => {
  const { trials, reason } = run('on', 60)
  expect(trials.length).toBeGreaterThanOrEqual(8)
  expect(trials.length).toBeLessThan(45)
  expect(reason).toMatch(/expected to gain .* %, less than 0\.20 %/)
  const within = trials.filter(({ configuration: { streams } }) => Number(streams) <= MOST_STREAMS)
  const reached = Math.max(...within.map(({ configuration }) => speed(configuration)))
  expect(reached).toBeGreaterThan(0.97 * speed({ streams: MOST_STREAMS, batch: 1024, flash: true }))
})

test('with two objectives it ends when the front is not expected to grow any more', () => {
  const two: SearchProblem = {
    ...ONE_OBJECTIVE,
    objectives: [
      { metric: 'speed', direction: 'maximize' },
      { metric: 'delay', direction: 'minimize' },
    ],
    constraints: [],
  }
  const { trials, reason } = run('on', 60, 60, two)
  expect(reason).toMatch(/expected to gain .* %, less than 0\.20 %/)
  expect(trials.length).toBeLessThan(60)
  // The best in both settings that do not trade one for the other, with few streams and with many.
  const best = trials.filter(({ configuration: { batch, flash } }) => batch === 1024 && flash === true)
  const streams = best.map(({ configuration }) => Number(configuration.streams))
  expect(Math.min(...streams)).toBeLessThan(4)
  expect(Math.max(...streams)).toBeGreaterThan(40)
})

test('off: it goes on to the budget', () => {
  expect(run('off', 45)).toMatchObject({ reason: null, trials: { length: 45 } })
})

test('by gain per hour: dear experiments end sooner than cheap ones', () => {
  const rule = { gainPerHour: 0.2 }
  const [dear, cheap] = [run(rule, 40, 3600), run(rule, 40, 2)]
  expect(dear.reason).toContain('an hour, less than 20 %')
  expect(dear.trials.length).toBeLessThan(cheap.trials.length)
})

test('nothing that meets the limits, or costs that nobody knows, end no search', () => {
  const { trials } = run('off', 20)
  const problem = ONE_OBJECTIVE
  expect(stopReason({ gainPerHour: 100 }, problem, trials, { expectedGain: 1e-9 }, 1)).not.toBeNull()
  expect(stopReason({ gainPerHour: 0.05 }, problem, trials, { expectedGain: 0.0005 }, 1)).not.toBeNull()
  expect(stopReason({ gainPerHour: 0.05 }, problem, trials, { expectedGain: 0.0005 }, 4)).toBeNull()
  const free = trials.map((trial) => ({ ...trial, costS: null }))
  expect(stopReason({ gainPerHour: 100 }, problem, free, { expectedGain: 1e-9 }, 1)).toBeNull()
  expect(stopReason('on', problem, trials, { expectedGain: null }, 1)).toBeNull()
})
