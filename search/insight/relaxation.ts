import type { RelaxedLimit } from '../../domain/insight.ts'
import { seeded } from '../../domain/random.ts'
import type { Configuration } from '../../domain/parameter.ts'
import { configurationKey, ruleChecker } from '../../domain/space.ts'
import { LIKELY_FEASIBLE } from '../acquisition.ts'
import { Candidates } from '../candidates.ts'
import type { Point } from '../encoding.ts'
import type { SearchConstraint } from '../problem.ts'
import type { Surrogate } from '../surrogate.ts'
import { Z90 } from './variance.ts'
import type { View } from './view.ts'

/** How many times as loose a limit is tried; Infinity is none. */
const LOOSENESS = [1.1, 1.25, 1.5, 2, Infinity]

/** Changes of each known configuration that are looked at. */
const CHANGES = 40

interface Option {
  configuration: Configuration
  /** The objective on its model's scale. */
  mean: number
  variance: number
  logRuns: number
  /** Log of the probability to meet each constraint at its present limit. */
  logMeets: number[]
  point: Point
}

/**
 * Returns, per constraint, what the objective of the best configuration would be expected to be were its limit looser and
 * the others as they are: the best expectation among known configurations, changes of them, and some over the whole space
 * that are likely to run and to meet every limit. Empty while nothing is likely to.
 */
export function relaxations(
  view: View,
  surrogate: Surrogate,
  tried: readonly Configuration[],
): RelaxedLimit[][] {
  const { constraints } = view.problem
  const options = optionsOf(view, surrogate, tried)
  const now = bestOf(options, (option) => option.logMeets)
  if (now === null) return constraints.map(() => [])
  return constraints.map((constraint, index) =>
    LOOSENESS.flatMap((looseness): RelaxedLimit[] => {
      const limit = Number.isFinite(looseness) ? loosened(constraint, looseness) : null
      const meets = surrogate.constraints[index]
      const best = bestOf(options, ({ logMeets, point }) =>
        logMeets.map((log, other) =>
          other !== index ? log : limit === null ? 0 : (meets?.(point, limit) ?? log),
        ),
      )
      if (best === null) return []
      const gain = Math.max(0, best.mean - now.mean)
      const sd = best === now ? 0 : Math.sqrt(best.variance + now.variance)
      const [ratio, low, high] = [gain, gain - Z90 * sd, gain + Z90 * sd].map((value) =>
        ratioOf(value, now, surrogate),
      )
      return [{ limit, ratio: ratio ?? 1, low: low ?? 1, high: high ?? 1, configuration: best.configuration }]
    }),
  )
}

function ratioOf(gain: number, { mean }: Option, { scales: [scale] }: Surrogate): number {
  if (scale?.logarithmic !== false) return Math.exp(gain)
  return 1 + gain / (Math.abs(mean) || 1)
}

function loosened({ op, limit }: SearchConstraint, looseness: number): number {
  if (limit === 0) return 0
  return (op === '<=') === limit > 0 ? limit * looseness : limit / looseness
}

function bestOf(options: readonly Option[], logMeets: (option: Option) => number[]): Option | null {
  let best: Option | null = null
  for (const option of options) {
    if (best !== null && option.mean <= best.mean) continue
    const likely = logMeets(option).reduce((sum, log) => sum + log, 0) + option.logRuns
    if (likely > Math.log(LIKELY_FEASIBLE)) best = option
  }
  return best
}

function optionsOf(view: View, surrogate: Surrogate, tried: readonly Configuration[]): Option[] {
  const { problem, dimensions } = view
  const candidates = new Candidates(problem, dimensions, seeded(1))
  const breaks = ruleChecker(problem.rules, problem.fixed)
  const found = new Map<string, Configuration>()
  const add = (configuration: Configuration) => {
    if (breaks(configuration) === null) found.set(configurationKey(configuration), configuration)
  }
  view.bases.forEach(add)
  for (const configuration of tried) {
    add(configuration)
    for (let change = 0; change < CHANGES; change++) add(candidates.changed(configuration, 1 + (change % 3)))
  }
  return [...found.values()].map((configuration) => {
    const point = view.point(configuration)
    const { objectives, logRuns } = surrogate.belief(point)
    const { mean = 0, variance = 0 } = objectives[0] ?? {}
    return {
      configuration,
      point,
      mean,
      variance,
      logRuns,
      logMeets: surrogate.constraints.map((meets) => meets(point)),
    }
  })
}
