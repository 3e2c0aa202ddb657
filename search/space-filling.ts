import { inParentOrder, isActive } from '../domain/condition.ts'
import { parameterSize, valueAt, type Configuration, type Parameter } from '../domain/parameter.ts'
import { seeded } from '../domain/random.ts'
import {
  configurationKey,
  countAllowed,
  everyConfiguration,
  ruleChecker,
  type Space,
} from '../domain/space.ts'
import { roundValueAt } from './encoding.ts'
import type { SearchProblem, Suggestion, Trial } from './problem.ts'
import { SOBOL_MAX_DIMENSIONS, sobolSequence } from './sobol.ts'

/** Points tried in a row without a new configuration before a space that cannot be listed counts as used up. */
const FRUITLESS_POINTS = 20_000

/** A grid gives a parameter of more values than this as many, evenly spread over its scale. */
const GRID_VALUES = 5

/**
 * Suggests the first points of a sequence that fulfil every rule and that the history does not hold yet: random ones,
 * a shifted Sobol sequence, or a grid in the order of that sequence, so that its first points cover every parameter.
 * What a space that can be listed still holds after that follows in order: nothing is cut off.
 */
export function suggestPoints(
  { space, rules, fixed }: SearchProblem,
  history: readonly Pick<Trial, 'configuration'>[],
  count: number,
  seed: number,
  method: 'random' | 'sobol' | 'grid',
): Suggestion[] {
  const searched = method === 'grid' ? gridOf(space) : space
  const seen = new Set(history.map(({ configuration }) => configurationKey(configuration)))
  const breaks = ruleChecker(rules, fixed)
  const suggestions: Suggestion[] = []
  const take = (configuration: Configuration, reason: string): boolean => {
    const key = configurationKey(configuration)
    if (seen.has(key) || breaks(configuration) !== null) return false
    seen.add(key)
    suggestions.push({ configuration, kind: 'explore', reason, prediction: null, expectedGain: null })
    return true
  }

  const names = inParentOrder(searched).toSorted((a, b) => (a < b ? -1 : 1))
  const order = inParentOrder(searched)
  const places = new Map(names.map((name, dimension) => [name, dimension]))
  const shifts = seeded(seed)
  const sobol = sobolSequence(Math.min(names.length, SOBOL_MAX_DIMENSIONS), () => shifts.next())
  const pointAt =
    method === 'random'
      ? (index: number) => {
          const random = seeded(seed, index)
          return names.map(() => random.unit())
        }
      : sobol
  const allowed = countAllowed(searched, rules, fixed)
  const limit = allowed === null ? FRUITLESS_POINTS : Math.min(FRUITLESS_POINTS, 16 * allowed + 64)
  const title = method === 'random' ? 'random point' : method === 'sobol' ? 'Sobol point' : 'grid point'
  const of = method === 'grid' && allowed !== null ? ` of ${allowed}` : ''
  for (let index = 0, fruitless = 0; suggestions.length < count && fruitless < limit; index++) {
    const point = pointAt(index)
    const configuration: Configuration = {}
    for (const name of order) {
      const parameter = searched[name]
      if (parameter === undefined || !isActive(searched, name, { ...fixed, ...configuration })) continue
      configuration[name] = valueAt(parameter, point[places.get(name) ?? 0] ?? 0)
    }
    fruitless = take(configuration, `explore: ${title} ${index + 1}${of}`) ? 0 : fruitless + 1
  }

  if (suggestions.length < count && allowed !== null) {
    for (const configuration of everyConfiguration(searched, fixed)) {
      if (suggestions.length >= count) break
      take(configuration, `explore: what is left of the ${method === 'grid' ? 'grid' : 'space'}`)
    }
  }
  return suggestions
}

/** A space with at most so many values of each parameter. */
function gridOf(space: Space): Space {
  return Object.fromEntries(
    Object.entries(space).map(([name, parameter]): [string, Parameter] => {
      if (parameter.type !== 'integer' && parameter.type !== 'float') return [name, parameter]
      if (parameterSize(parameter) <= GRID_VALUES) return [name, parameter]
      const places = Array.from({ length: GRID_VALUES }, (_, index) => index / (GRID_VALUES - 1))
      const values = places.map((place) => roundValueAt(parameter, place, 2))
      const { condition, special = [] } = parameter
      return [
        name,
        {
          type: 'ordinal',
          choices: [...special, ...new Set(values)],
          ...(condition === undefined ? {} : { condition }),
        },
      ]
    }),
  )
}
