import { valueAt, type Configuration } from '../domain/parameter.ts'
import { seeded } from '../domain/random.ts'
import { configurationKey, ruleChecker } from '../domain/space.ts'
import { acquisition, LIKELY_FEASIBLE, relativeGain } from './acquisition.ts'
import { basesOf } from './bases.ts'
import { Candidates } from './candidates.ts'
import { changesBetween, completed, dimensionsOf, encode, type Dimension, type Point } from './encoding.ts'
import { explain } from './explain.ts'
import type { Prediction, ReasonKind, Recommendation, SearchProblem, Suggestion, Trial } from './problem.ts'
import { climb, fill, Pool, simplified, type Scored } from './pool.ts'
import { riskOf } from './risk.ts'
import { suggestPoints } from './space-filling.ts'
import { buildSurrogate, inUnit, type Belief, type Surrogate } from './surrogate.ts'
import { transferredStart } from './transfer.ts'
import { informativeTrials, stalledTrials } from './trial-selection.ts'

/** What is recommended is at least this likely to meet the constraints. */
const LEAST_FEASIBLE = 0.3

const PENDING = { status: 'pending' } as const

/** Of so many random configurations, the likeliest to run is measured where the models lead no further. */
const DRAWS = 10

/** One of the best is measured again at every so many trials, from this one on. */
const REPLICATE_EVERY = 8
const FIRST_REPLICATE = 20
/** The best so many are worth being measured so often. */
const CONTENDERS = 3
const MEASUREMENTS_OF_CONTENDER = 3

/**
 * The model-based search over one state of knowledge. It starts at the defaults, models each objective and each
 * constraint by a Gaussian process and each kind of failure by another, and measures next where the expected
 * improvement, weighed with the chances to meet the constraints and to run, is largest.
 */
export class ModelSearch {
  readonly #problem: SearchProblem
  readonly #dimensions: Dimension[]
  readonly #all: readonly Trial[]
  /** What is over and enters the models. */
  readonly #done: Trial[]
  readonly #pending: Configuration[]
  readonly #number: number
  #build: ReturnType<typeof buildSurrogate> | null = null

  /** `number`: how many configurations were asked for so far. */
  constructor(problem: SearchProblem, trials: readonly Trial[], number: number) {
    this.#problem = problem
    this.#dimensions = dimensionsOf(problem.space, problem.defaults)
    this.#all = trials
    this.#done = informativeTrials(
      problem,
      trials.filter(({ outcome }) => outcome.status === 'measured' || outcome.status === 'failed'),
    )
    this.#pending = trials.flatMap(({ configuration, outcome }) =>
      outcome.status === 'pending' ? [configuration] : [],
    )
    this.#number = number
  }

  #surrogate(pending: Configuration[]): Surrogate {
    this.#build ??= buildSurrogate(this.#problem, this.#dimensions, this.#done)
    return this.#build(pending.map((configuration) => encode(this.#dimensions, configuration)))
  }

  /** Returns the measured configuration of the best expectation; null when none is likely to meet the constraints. */
  recommend(): Recommendation | null {
    if (!this.#done.some(({ outcome }) => outcome.status === 'measured')) return null
    const surrogate = this.#surrogate([])
    const best = this.#ranked(surrogate)[0]
    if (best === undefined || best.belief.logFeasible < Math.log(LEAST_FEASIBLE)) return null
    return { configuration: best.configuration, prediction: this.#prediction(surrogate, best.belief) }
  }

  suggest(count: number, seed: number): Suggestion[] {
    const suggestions: Suggestion[] = []
    while (suggestions.length < count) {
      const suggestion = this.#next(
        suggestions.map(({ configuration }) => configuration),
        seed,
      )
      if (suggestion === null) break
      suggestions.push(suggestion)
    }
    return suggestions
  }

  #next(chosen: Configuration[], seed: number): Suggestion | null {
    const problem = this.#problem
    const pending = [...this.#pending, ...chosen]
    const number = this.#number + chosen.length
    const candidates = new Candidates(problem, this.#dimensions, seeded(seed, number))
    const breaks = ruleChecker(problem.rules, problem.fixed)
    const tried = [
      ...this.#all,
      ...chosen.map((configuration): Trial => ({ configuration, outcome: PENDING })),
    ]
    const seen = new Set(tried.map(({ configuration }) => configurationKey(configuration)))
    const first = this.#start(tried, (configuration) => breaks(configuration) === null)
    if (first !== null) return first

    const surrogate = this.#surrogate(pending)
    const known = this.#ranked(surrogate)
    const best = known[0]
    const beliefs = known.map(({ belief }) => belief)
    const onTarget = beliefs.some(({ logFeasible }) => logFeasible > Math.log(LIKELY_FEASIBLE))
    const again = onTarget ? this.#replicate(known, pending, number) : undefined
    if (again !== undefined) return this.#suggestion(again, 'replicate', surrogate, best, null)

    const risk = riskOf(
      this.#all,
      number,
      this.#dimensions.length,
      onTarget,
      stalledTrials(problem, this.#done),
    )
    const free = (configuration: Configuration, key: string) =>
      !seen.has(key) && breaks(configuration) === null
    if (risk.elsewhere) {
      const drawn = new Pool(this.#dimensions, surrogate, ({ logRuns }) => logRuns, free)
      for (let draw = 0; draw < DRAWS; draw++) drawn.add(candidates.anywhere())
      const [likeliest] = drawn.best(1)
      if (likeliest !== undefined) return this.#suggestion(likeliest, 'feasibility', surrogate, best, null)
    }
    const ran = known.map(({ configuration }) => encode(this.#dimensions, configuration))
    const near = (point: Point) =>
      ran.length === 0 || ran.some((other) => changesBetween(point, other) <= risk.mostChanges)
    const pool = new Pool(
      this.#dimensions,
      surrogate,
      acquisition(problem, surrogate, beliefs, risk),
      (configuration, key, point) => near(point) && free(configuration, key),
    )
    const bases = basesOf(problem, known, number).map(({ configuration }) => configuration)
    if (bases.length === 0) bases.push(this.#done[0]?.configuration ?? pending[0] ?? this.#withDefaults({}))
    fill(pool, candidates, bases)
    for (const climber of pool.best(4)) climb(pool, candidates, climber)
    const top = pool.best(1)[0]
    if (top === undefined) {
      return suggestPoints(problem, tried, 1, seeded(seed, number).next(), 'sobol')[0] ?? null
    }
    const simplest = best === undefined ? top : simplified(pool, candidates, top, best)
    const gainOf = relativeGain(problem, surrogate, beliefs)
    const gain = gainOf === null ? null : pool.most(({ belief }) => gainOf(belief))
    return this.#suggestion(simplest, aimOf(simplest, best), surrogate, best, gain)
  }

  /** The defaults come first, then the best of earlier tunings; null when the models are to say what comes next. */
  #start(tried: Trial[], allowed: (configuration: Configuration) => boolean): Suggestion | null {
    const start = (configuration: Configuration, what: string): Suggestion => ({
      ...{ configuration, kind: 'start', reason: `start: ${what}`, prediction: null, expectedGain: null },
    })
    const defaults = this.#withDefaults({})
    if (tried.length === 0 && allowed(defaults)) return start(defaults, 'the defaults')
    const { earlier = [] } = this.#problem
    const complete = (values: Configuration) => this.#withDefaults(values)
    const transferred = transferredStart(this.#problem, earlier, tried, complete, allowed)
    return transferred === null ? null : start(transferred, 'among the best of an earlier tuning')
  }

  /** Fills a configuration up with the defaults, and with the middle of what has none. */
  #withDefaults(values: Configuration): Configuration {
    const { space, fixed, defaults } = this.#problem
    return completed(space, this.#dimensions, fixed, { ...defaults, ...values }, ({ parameter }) =>
      valueAt(parameter, 0.5),
    )
  }

  #suggestion(
    chosen: Scored,
    kind: ReasonKind,
    surrogate: Surrogate,
    best: Scored | undefined,
    expectedGain: number | null,
  ): Suggestion {
    const { configuration, belief } = chosen
    const anything = this.#done.some(({ outcome }) => outcome.status === 'measured')
    const prediction = anything ? this.#prediction(surrogate, belief) : null
    const reason = explain(kind, configuration, prediction, best?.configuration ?? null)
    return { configuration, kind, reason, prediction, expectedGain }
  }

  #prediction(surrogate: Surrogate, { objectives, logFeasible, logRuns }: Belief): Prediction {
    return {
      objectives: this.#problem.objectives.map(({ metric }, index) => {
        const { mean = 0, variance = 0 } = objectives[index] ?? {}
        const scale = surrogate.scales[index] ?? { logarithmic: false, sign: 1 }
        const value = inUnit(mean, scale)
        const sd = Math.sqrt(variance)
        return { metric, mean: value, sd: scale.logarithmic ? value * sd : sd }
      }),
      probabilityFeasible: Math.exp(logFeasible),
      probabilityFailure: 1 - Math.exp(logRuns),
    }
  }

  /** The configuration among the best that deserves another measurement now, if it is time for one. */
  #replicate(known: Scored[], pending: Configuration[], number: number): Scored | undefined {
    if (this.#problem.objectives.length > 1) return undefined
    if (number < FIRST_REPLICATE || number % REPLICATE_EVERY !== 0) return undefined
    const uses = new Map<string, number>()
    const count = (configuration: Configuration, times: number) => {
      const key = configurationKey(configuration)
      uses.set(key, (uses.get(key) ?? 0) + times)
    }
    for (const { configuration, outcome } of this.#done)
      if (outcome.status === 'measured') count(configuration, 1)
    for (const configuration of pending) count(configuration, MEASUREMENTS_OF_CONTENDER)
    return known.slice(0, CONTENDERS).find(({ key }) => (uses.get(key) ?? 0) < MEASUREMENTS_OF_CONTENDER)
  }

  /** Measured configurations, the one to recommend first: by the objective times the chance to meet the constraints. */
  #ranked(surrogate: Surrogate): Scored[] {
    const unique = new Map<string, Scored>()
    for (const { configuration, outcome } of this.#done) {
      const key = configurationKey(configuration)
      // What was cut short was not worth being measured to the end.
      if (outcome.status !== 'measured' || outcome.bounds !== undefined || unique.has(key)) continue
      const belief = surrogate.belief(encode(this.#dimensions, configuration))
      const value = belief.objectives.reduce((sum, { mean }) => sum + mean, 0)
      unique.set(key, { configuration, key, belief, score: value + belief.logFeasible })
    }
    return [...unique.values()].toSorted((a, b) => b.score - a.score)
  }
}

function aimOf({ belief }: Scored, best: Scored | undefined): ReasonKind {
  if (best === undefined || best.belief.logFeasible < Math.log(LIKELY_FEASIBLE)) return 'feasibility'
  const [mean, most] = [belief, best.belief].map(({ objectives }) => objectives[0]?.mean ?? 0)
  return (mean ?? 0) < (most ?? 0) ? 'explore' : 'exploit'
}
