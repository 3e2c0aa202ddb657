import type { HistoryEntry } from '../domain/history.ts'
import { valueAt, type Configuration } from '../domain/parameter.ts'
import type { Rule } from '../domain/rule.ts'
import {
  configurationKey,
  countAllowed,
  everyConfiguration,
  ruleChecker,
  type Space,
} from '../domain/space.ts'
import { seededRandom } from './random.ts'
import { sobolSequence } from './sobol.ts'

/** What is searched: the space, its rules, and values that are fixed beside it. */
export interface SearchProblem {
  space: Space
  rules: Rule[]
  fixed: Configuration
}

export interface Suggestion {
  configuration: Configuration
  /** Why this configuration, for people to read. */
  reason: string
}

/** Points tried in a row without a new configuration before a space that cannot be listed counts as used up. */
const FRUITLESS_POINTS = 20_000

/**
 * Suggests the next configurations: the first points of a shifted Sobol sequence that fulfil every rule and that the
 * history does not hold yet, pending experiments included. A pure function: the same call gives the same answer on
 * any machine. Returns fewer than `count`, down to none, when the space is used up.
 */
export function suggest(
  problem: SearchProblem,
  history: Pick<HistoryEntry, 'configuration'>[],
  count: number,
  seed: number,
): Suggestion[] {
  const seen = new Set(history.map(({ configuration }) => configurationKey(configuration)))
  const breaks = ruleChecker(problem.rules, problem.fixed)
  const suggestions: Suggestion[] = []

  const take = (configuration: Configuration, reason: string): boolean => {
    const key = configurationKey(configuration)
    if (seen.has(key) || breaks(configuration) !== null) return false
    seen.add(key)
    suggestions.push({ configuration, reason })
    return true
  }

  const parameters = Object.entries(problem.space).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const random = seededRandom(seed)
  const pointAt = sobolSequence(parameters.length, () => random() * 2 ** 32)
  const limit = fruitlessPoints(problem)
  for (let index = 0, fruitless = 0; suggestions.length < count && fruitless < limit; index++) {
    const point = pointAt(index)
    const configuration = Object.fromEntries(
      parameters.map(([name, parameter], dimension) => [name, valueAt(parameter, point[dimension] ?? 0)]),
    )
    fruitless = take(configuration, `explore: Sobol point ${index + 1}`) ? 0 : fruitless + 1
  }

  if (suggestions.length < count && countAllowed(problem.space, problem.rules, problem.fixed) !== null) {
    for (const configuration of everyConfiguration(problem.space)) {
      if (suggestions.length >= count) break
      take(configuration, 'explore: what is left of the space')
    }
  }
  return suggestions
}

/** A space that can be listed is listed as soon as points become repetitive. */
function fruitlessPoints({ space, rules, fixed }: SearchProblem): number {
  const allowed = countAllowed(space, rules, fixed)
  return allowed === null ? FRUITLESS_POINTS : Math.min(FRUITLESS_POINTS, 16 * allowed + 64)
}
