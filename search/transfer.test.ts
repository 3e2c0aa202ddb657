import { expect, test } from 'vitest'
import type { Configuration } from '../domain/parameter.ts'
import { Space } from '../domain/space.ts'
import type { SearchProblem, Trial } from './problem.ts'
import { recommend, suggest } from './suggest.ts'
import { transferredStart } from './transfer.ts'

const problem: SearchProblem = {
  space: Space.parse({
    streams: { type: 'integer', low: 1, high: 256, scale: 'log' },
    batch: { type: 'integer', low: 64, high: 8192, scale: 'power-of-two' },
    share: { type: 'float', low: 0.5, high: 1 },
    cache: { type: 'categorical', choices: ['f16', 'q8_0', 'q4_0'] },
    flash: { type: 'boolean' },
    eager: { type: 'boolean' },
  }),
  rules: [],
  fixed: {},
  objectives: [{ metric: 'speed', direction: 'maximize' }],
  constraints: [{ metric: 'delay', op: '<=', limit: 100 }],
  defaults: { streams: 8, batch: 512, share: 0.6, cache: 'f16', flash: false, eager: true },
}

type Engine = (configuration: Configuration) => Trial['outcome']

/** The fastest at `bestStreams` and `bestBatch`, so many times as fast as others of its kind. */
function engine(bestStreams: number, bestBatch: number, bestCache: string, factor = 1): Engine {
  return ({ streams, batch, share, cache, flash, eager }) => {
    if (Number(streams) > 4 * bestStreams) return { status: 'failed', kind: 'out_of_memory' }
    const off = Math.log2(Number(streams) / bestStreams) ** 2 + Math.log2(Number(batch) / bestBatch) ** 2
    const kind = (cache === bestCache ? 0.4 : 0) + (flash === true ? 0.3 : 0) + (eager === false ? 0.2 : 0)
    const speed = factor * 100 * Math.exp(-0.06 * off + kind + 0.3 * Number(share))
    return { status: 'measured', metrics: { speed, delay: 50 } }
  }
}

function run(measure: Engine, count: number, earlier: Trial[][], seed: number): Trial[] {
  const trials: Trial[] = []
  while (trials.length < count) {
    const [suggestion] = suggest({ ...problem, earlier }, trials, 1, seed)
    const configuration = suggestion?.configuration ?? {}
    trials.push({ configuration, outcome: measure(configuration) })
  }
  return trials
}
const speedOf = ({ outcome }: Trial) => (outcome.status === 'measured' ? Number(outcome.metrics.speed) : 0)
const bestSpeed = (trials: Trial[]) => Math.max(...trials.map(speedOf))

const here = engine(64, 2048, 'q8_0')
const seeds = [1, 2, 3]
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

test('an earlier search of a similar problem saves trials', () => {
  // Another machine: slower by half, its best a little elsewhere.
  const earlier = run(engine(48, 2048, 'q8_0', 0.5), 30, [], 9)
  const [cold, warm] = [[], [earlier]].map((known) =>
    mean(seeds.map((seed) => bestSpeed(run(here, 5, known, seed)))),
  )
  expect(warm).toBeGreaterThan(1.15 * (cold ?? Infinity))
})

test('an earlier search of another problem costs a trial and misleads nothing', () => {
  const other = run(engine(2, 64, 'q4_0'), 30, [], 9)
  for (const seed of seeds) {
    const cold = run(here, 24, [], seed)
    const misled = run(here, 24, [other], seed)
    const tried = misled.filter(({ configuration }) =>
      other.some((trial) => JSON.stringify(trial.configuration) === JSON.stringify(configuration)),
    )
    // The defaults are in both.
    expect(tried.length).toBeLessThanOrEqual(2)
    const recommended = (trials: Trial[]) =>
      speedOf({ configuration: {}, outcome: here(recommend(problem, trials)?.configuration ?? {}) })
    expect(recommended(misled)).toBeGreaterThan(0.95 * recommended(cold))
  }
})

test('an earlier search of fewer parameters gives the others their defaults', () => {
  const metrics = { speed: 1e6, delay: 1 }
  const fewer: Trial[] = [{ configuration: { streams: 32 }, outcome: { status: 'measured', metrics } }]
  const [, second] = run(here, 2, [fewer], 1)
  expect(second?.configuration).toEqual({ ...problem.defaults, streams: 32 })
})

test('what says nothing of the best of an earlier search does not end its transfer', () => {
  const [best, next] = [{ streams: 32 }, { streams: 24 }]
  const earlier = [best, next].map((configuration, index): Trial => ({
    configuration,
    outcome: { status: 'measured', metrics: { speed: 1e6 - index, delay: 1 } },
  }))
  const first: Trial = { configuration: { streams: 8 }, outcome: here(problem.defaults) }
  const lost: Trial = { configuration: best, outcome: { status: 'void' } }
  const start = (trials: Trial[], allowed = (_: Configuration) => true) =>
    transferredStart(problem, [earlier], trials, (values) => values, allowed)
  expect(start([first, lost])).toEqual(next)
  expect(start([first], ({ streams }) => Number(streams) < 32)).toEqual(next)
})

test('what an earlier search knew of parameters that are not here is left out', () => {
  const foreign: Trial[] = [
    { configuration: { threads: 3 }, outcome: { status: 'measured', metrics: { speed: 1e6, delay: 1 } } },
  ]
  const [, second] = run(here, 2, [foreign], 1)
  expect(Object.keys(second?.configuration ?? {})).not.toContain('threads')
})
