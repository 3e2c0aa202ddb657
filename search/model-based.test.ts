import { expect, test } from 'vitest'
import type { Configuration } from '../domain/parameter.ts'
import { checkConfiguration, configurationKey, ruleChecker, Space } from '../domain/space.ts'
import type { SearchProblem, Trial, TrialOutcome } from './problem.ts'
import { recommend, suggest } from './suggest.ts'

const problem: SearchProblem = {
  space: Space.parse({
    streams: { type: 'integer', low: 1, high: 256, scale: 'log' },
    batch: { type: 'integer', low: 64, high: 4096, scale: 'power-of-two' },
    share: { type: 'float', low: 0.5, high: 1, special: [-1] },
    cache: { type: 'categorical', choices: ['f16', 'q8_0', 'q4_0'] },
    flash: { type: 'boolean' },
    draft: { type: 'categorical', choices: ['none', 'ngram'] },
    draft_max: { type: 'integer', low: 1, high: 8, condition: { parameter: 'draft', in: ['ngram'] } },
  }),
  rules: ['streams <= batch'],
  fixed: {},
  objectives: [{ metric: 'speed', direction: 'maximize' }],
  constraints: [{ metric: 'delay', op: '<=', limit: 100 }],
  defaults: { streams: 8, batch: 512, share: 0.9, cache: 'f16', flash: false, draft: 'none' },
}

/** A small engine: quantised caches need flash attention, many streams are faster and slower to answer. */
function measure(configuration: Configuration): TrialOutcome {
  const { streams, batch, cache, flash, draft, draft_max: depth = 0 } = configuration
  if (cache !== 'f16' && flash !== true) return { status: 'failed', kind: 'unsupported' }
  if (Number(streams) * (cache === 'f16' ? 2 : 1) > 160) return { status: 'failed', kind: 'out_of_memory' }
  const speed =
    100 *
    Number(streams) ** 0.6 *
    (flash === true ? 1.3 : 1) *
    (draft === 'ngram' ? 1.2 - 0.05 * Math.abs(Number(depth) - 3) : 1)
  const delay = 4 * Number(streams) ** 0.7 * (Number(batch) / 512) ** 0.3
  return { status: 'measured', metrics: { speed, delay } }
}

function run(count: number, seed: number, from: Trial[] = []): Trial[] {
  const trials = [...from]
  while (trials.length < count) {
    const [suggestion] = suggest(problem, trials, 1, seed)
    if (suggestion === undefined) break
    trials.push({ configuration: suggestion.configuration, outcome: measure(suggestion.configuration) })
  }
  return trials
}

const whole = run(30, 4)

test('a run that is cut after any experiment goes on as if it had not been', () => {
  for (let cut = 1; cut < whole.length; cut += 1) {
    const copy: Trial[] = structuredClone(whole.slice(0, cut))
    expect(suggest(problem, copy, 1, 4)[0]?.configuration).toEqual(whole[cut]?.configuration)
  }
})

test('it finds what is fast within the limit, over conditions and failures', () => {
  const best = recommend(problem, whole)
  const outcome = best === null ? null : measure(best.configuration)
  expect(outcome).toMatchObject({ status: 'measured' })
  if (outcome?.status !== 'measured') return
  expect(outcome.metrics.delay).toBeLessThanOrEqual(101)
  // The fastest of the space within the limit reaches about 2,900; the defaults 348.
  expect(outcome.metrics.speed).toBeGreaterThan(2200)
})

test('every suggestion is of the space, fulfils the rules and is new unless it says otherwise', () => {
  const breaks = ruleChecker(problem.rules, problem.fixed)
  const seen = new Set<string>()
  for (const [index, { configuration }] of whole.entries()) {
    expect(checkConfiguration(problem.space, configuration)).toEqual([])
    expect(breaks(configuration)).toBeNull()
    expect('draft_max' in configuration).toBe(configuration.draft === 'ngram')
    const key = configurationKey(configuration)
    if (seen.has(key)) {
      expect(suggest(problem, whole.slice(0, index), 1, 4)[0]?.kind).toBe('replicate')
    }
    seen.add(key)
  }
})

test('the first trials change few parameters of a configuration that ran', () => {
  for (const [index, { configuration }] of whole.slice(0, 7).entries()) {
    const changes = whole.slice(0, index).flatMap(({ configuration: other, outcome }) =>
      outcome.status === 'measured'
        ? // A parameter that came into being at its default is none.
          [Object.keys(configuration).filter((name) => name in other && configuration[name] !== other[name])]
        : [],
    )
    // Every third trial dares.
    if (index % 3 !== 0) expect(Math.min(...changes.map(({ length }) => length))).toBeLessThanOrEqual(3)
  }
})

test('suggestions for several at once differ, and are those of asking one by one', () => {
  const history = whole.slice(0, 12)
  const atOnce = suggest(problem, history, 4, 9).map(({ configuration }) => configuration)
  const oneByOne: Trial[] = [...history]
  for (let turn = 0; turn < 4; turn++) {
    const [next] = suggest(problem, oneByOne, 1, 9)
    oneByOne.push({ configuration: next?.configuration ?? {}, outcome: { status: 'pending' } })
  }
  expect(oneByOne.slice(12).map(({ configuration }) => configuration)).toEqual(atOnce)
  expect(new Set(atOnce.map(configurationKey)).size).toBe(4)
})

test('a suggestion says why, with what is expected', () => {
  const [suggestion] = suggest(problem, whole.slice(0, 15), 1, 4)
  expect(suggestion?.reason).toContain(suggestion?.kind)
  expect(suggestion?.prediction?.objectives[0]).toMatchObject({ metric: 'speed' })
  expect(suggestion?.prediction?.objectives[0]?.sd).toBeGreaterThan(0)
  expect(suggestion?.prediction?.probabilityFailure).toBeLessThan(0.9)
})

test('a failure that was seen is expected again, and not of its opposite', () => {
  const failing = { ...problem.defaults, cache: 'q8_0' }
  const trials: Trial[] = [
    problem.defaults,
    failing,
    { ...failing, streams: 16 },
    { ...problem.defaults, flash: true },
  ].map((configuration) => ({ configuration, outcome: measure(configuration) }))
  const kinds = suggest(problem, trials, 6, 2).map(({ configuration }) => measure(configuration).status)
  expect(kinds.filter((status) => status === 'failed').length).toBeLessThanOrEqual(2)
})

const measured = (configuration: Configuration, metrics: Record<string, number | null>): Trial => ({
  configuration,
  outcome: { status: 'measured', metrics },
})

test.each<[string, Trial[]]>([
  [
    'a value outside the space',
    [measured({ ...problem.defaults, streams: 100_000 }, { speed: 1, delay: 1 })],
  ],
  ['an unknown parameter', [measured({ ...problem.defaults, other: 1 }, { speed: 1, delay: 1 })]],
  ['NaN and infinite metrics', [measured(problem.defaults, { speed: NaN, delay: Infinity })]],
  [
    'a missing metric',
    [
      measured(problem.defaults, { speed: 1 }),
      measured({ ...problem.defaults, flash: true }, { speed: 2, delay: 5 }),
    ],
  ],
  [
    'metrics of zero and below',
    [
      measured(problem.defaults, { speed: 0, delay: -3 }),
      measured({ ...problem.defaults, flash: true }, { speed: -2, delay: 5 }),
    ],
  ],
  ['a parameter left out', [measured({ streams: 4 }, { speed: 1, delay: 1 })]],
  [
    'nothing but failures',
    Array.from({ length: 20 }, (_, index): Trial => ({
      configuration: { ...problem.defaults, streams: index + 1 },
      outcome: { status: 'failed', kind: 'crash' },
    })),
  ],
  [
    'nothing feasible',
    Array.from({ length: 20 }, (_, index) =>
      measured({ ...problem.defaults, streams: index + 1 }, { speed: 5, delay: 1000 + index }),
    ),
  ],
  [
    'the same value everywhere',
    Array.from({ length: 20 }, (_, index) =>
      measured({ ...problem.defaults, streams: index + 1 }, { speed: 5, delay: 5 }),
    ),
  ],
  [
    'nothing but measurements cut short, each with one bound',
    Array.from({ length: 20 }, (_, index): Trial => ({
      configuration: { ...problem.defaults, streams: index + 1 },
      outcome: {
        status: 'measured',
        metrics: {},
        bounds: index % 2 === 0 ? { speed: { op: '<=', value: 5 } } : { delay: { op: '>=', value: 1000 } },
      },
    })),
  ],
  [
    'only pending ones',
    Array.from({ length: 5 }, (_, index): Trial => ({
      configuration: { ...problem.defaults, streams: index + 1 },
      outcome: { status: 'pending' },
    })),
  ],
])('with %s in the history a sensible configuration is suggested', (_, history) => {
  const suggestions = suggest(problem, history, 2, 1)
  expect(suggestions).toHaveLength(2)
  for (const { configuration, prediction } of suggestions) {
    expect(checkConfiguration(problem.space, configuration)).toEqual([])
    const figures =
      prediction === null
        ? []
        : [
            prediction.probabilityFailure,
            prediction.probabilityFeasible,
            ...prediction.objectives.flatMap(({ mean, sd }) => [mean, sd]),
          ]
    expect(figures.every(Number.isFinite)).toBe(true)
  }
  expect(() => recommend(problem, history)).not.toThrow()
})

test('two objectives: several trade-offs are measured, none of them twice', () => {
  const two: SearchProblem = {
    ...problem,
    objectives: [...problem.objectives, { metric: 'delay', direction: 'minimize' }],
    constraints: [],
  }
  const trials: Trial[] = []
  while (trials.length < 16) {
    const [next] = suggest(two, trials, 1, 3)
    if (next === undefined) break
    trials.push({ configuration: next.configuration, outcome: measure(next.configuration) })
  }
  const delays = trials.flatMap(({ outcome }) =>
    outcome.status === 'measured' ? [outcome.metrics.delay ?? 0] : [],
  )
  expect(Math.max(...delays) / Math.min(...delays)).toBeGreaterThan(4)
  expect(new Set(trials.map(({ configuration }) => configurationKey(configuration))).size).toBe(16)
})

test('one parameter with one value is searched once', () => {
  const single: SearchProblem = {
    ...problem,
    space: Space.parse({ only: { type: 'integer', low: 3, high: 3 } }),
    rules: [],
    defaults: {},
  }
  const first = suggest(single, [], 5, 1)
  expect(first.map(({ configuration }) => configuration)).toEqual([{ only: 3 }])
})

test('sixty parameters and ten thousand trials are answered', () => {
  const names = Array.from({ length: 60 }, (_, index) => `x${index}`)
  const large: SearchProblem = {
    ...problem,
    space: Space.parse(Object.fromEntries(names.map((name) => [name, { type: 'float', low: 0, high: 1 }]))),
    rules: [],
    constraints: [],
    defaults: {},
  }
  const trials = Array.from({ length: 10_000 }, (_, index) =>
    measured(
      Object.fromEntries(names.map((name, d) => [name, (((index * (d + 1) * 0.618034) % 1) + 1) % 1])),
      { speed: 1 + ((index * 7919) % 1000) },
    ),
  )
  expect(suggest(large, trials, 1, 1)).toHaveLength(1)
})

test('measurements that are cut short enter as bounds: the search finds nearly as much, and never recommends one', () => {
  const limit = 40
  const tight = { ...problem, constraints: [{ metric: 'delay', op: '<=' as const, limit }] }
  const search = (cutShort: boolean) => {
    const trials: Trial[] = []
    while (trials.length < 30) {
      // Begun all over the space, so that much of it breaks the limit.
      const method = trials.length < 10 ? 'sobol' : 'model'
      const { configuration } = suggest(tight, trials, 1, 4, method)[0] ?? { configuration: {} }
      const outcome = measure(configuration)
      const delay = outcome.status === 'measured' ? Number(outcome.metrics.delay) : 0
      // Stopped as soon as the limit was surely broken: by how much is not known, nor how fast it is.
      const bounds = { delay: { op: '>=', value: 1.1 * limit }, speed: { op: '>=', value: 1 } } as const
      trials.push({
        configuration,
        outcome: cutShort && delay > 1.2 * limit ? { status: 'measured', metrics: {}, bounds } : outcome,
      })
    }
    return { trials, best: measure(recommend(tight, trials)?.configuration ?? {}) }
  }
  const [cut, whole] = [search(true), search(false)]
  expect(cut.trials.filter(({ outcome }) => 'bounds' in outcome).length).toBeGreaterThanOrEqual(2)
  const metrics = (outcome: TrialOutcome) => (outcome.status === 'measured' ? outcome.metrics : {})
  expect(metrics(cut.best).delay).toBeLessThanOrEqual(1.01 * limit)
  expect(metrics(cut.best).speed).toBeGreaterThan(0.9 * Number(metrics(whole.best).speed))
})

test('where nothing meets the limit, every second trial looks elsewhere than the models, and none is measured again', () => {
  const hopeless = { ...problem, constraints: [{ metric: 'delay', op: '<=' as const, limit: 2 }] }
  const trials: Trial[] = []
  const streams = { even: [] as number[], odd: [] as number[] }
  while (trials.length < 30) {
    const [next] = suggest(hopeless, trials, 1, 4)
    if (next === undefined) break
    expect(next.kind).not.toBe('replicate')
    if (trials.length >= 12)
      streams[trials.length % 2 === 0 ? 'even' : 'odd'].push(Number(next.configuration.streams))
    trials.push({ configuration: next.configuration, outcome: measure(next.configuration) })
  }
  // The models have learned that fewer streams answer sooner.
  expect(Math.max(...streams.odd)).toBeLessThanOrEqual(8)
  expect(streams.even.filter((count) => count > 1).length).toBeGreaterThan(streams.even.length / 2)
})

test('defaults that lie outside the space are never suggested', () => {
  const outside: SearchProblem = {
    ...problem,
    space: Space.parse({
      ubatch: { type: 'integer', low: 64, high: 256, scale: 'power-of-two' },
      batch: { type: 'integer', low: 256, high: 1024, scale: 'power-of-two' },
      flash: { type: 'categorical', choices: ['on', 'off'] },
    }),
    rules: [],
    constraints: [],
    defaults: { ubatch: 512, batch: 2048, flash: 'auto' },
  }
  const trials: Trial[] = [{ configuration: {}, outcome: { status: 'measured', metrics: { speed: 1 } } }]
  for (let number = 0; number < 12; number += 1) {
    const [suggestion] = suggest(outside, trials, 1, number)
    const { configuration = {} } = suggestion ?? {}
    expect(checkConfiguration(outside.space, configuration)).toEqual([])
    const speed = Number(configuration['ubatch']) + Number(configuration['batch'])
    trials.push({ configuration, outcome: { status: 'measured', metrics: { speed } } })
  }
})
