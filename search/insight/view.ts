import { isActive } from '../../domain/condition.ts'
import { specialValues, type Configuration, type ParameterValue } from '../../domain/parameter.ts'
import { completed, encode, fewValues, roundValueAt, type Dimension, type Point } from '../encoding.ts'
import type { SearchProblem } from '../problem.ts'
import { suggestPoints } from '../space-filling.ts'

/** Configurations that stand for the space. */
const BASES = 48

/** A space as it is looked at: configurations spread evenly over it, and some values of each parameter. */
export class View {
  readonly problem: SearchProblem
  readonly dimensions: Dimension[]
  readonly bases: Configuration[]

  constructor(problem: SearchProblem, dimensions: Dimension[]) {
    this.problem = problem
    this.dimensions = dimensions
    this.bases = suggestPoints(problem, [], BASES, 1, 'sobol').map(({ configuration }) => configuration)
  }

  point(configuration: Configuration): Point {
    return encode(this.dimensions, configuration)
  }

  /** The bases in which these parameters exist, with values in place of theirs. */
  points(values: Configuration): Point[] {
    return this.bases.flatMap((base) => this.changed(base, values) ?? [])
  }

  /** A configuration with other values of some parameters; null when they do not exist in it. */
  changed(configuration: Configuration, values: Configuration): Point | null {
    const { space, fixed } = this.problem
    const there = { ...fixed, ...configuration }
    if (!Object.keys(values).every((name) => isActive(space, name, there))) return null
    const all = { ...configuration, ...values }
    return this.point(
      completed(
        space,
        this.dimensions,
        fixed,
        all,
        ({ known, parameter }) => known ?? roundValueAt(parameter, 0.5, 1),
      ),
    )
  }
}

/** A value with the share of the space that it stands for. */
export interface ShownValue {
  value: ParameterValue
  weight: number
}

/** Special values count as one of so many values of the range. */
const SHARED_WITH_SPECIAL = 8

/**
 * Returns some values of a parameter: all of few, else special ones and so many that are spread evenly over its scale, the
 * ends standing for half as much as those between.
 */
export function shownValues({ parameter }: Dimension, most: number): ShownValue[] {
  const few =
    fewValues(parameter, most) ?? (parameter.type === 'categorical' ? parameter.choices.slice(0, most) : null)
  if (few !== null) return few.map((value) => ({ value, weight: 1 / few.length }))
  const special = specialValues(parameter)
  const slots = special.length === 0 ? 1 : special.length + SHARED_WITH_SPECIAL
  const ofRange = special.length === 0 ? 1 : SHARED_WITH_SPECIAL / slots
  const places = Array.from({ length: most }, (_, index) => index / (most - 1))
  const values = [...new Set(places.map((place) => roundValueAt(parameter, place, 2)))]
  return [
    ...special.map((value) => ({ value, weight: 1 / slots })),
    ...values.map((value, index) => {
      const end = index === 0 || index === values.length - 1
      return { value, weight: (ofRange * (end ? 0.5 : 1)) / (values.length - 1) }
    }),
  ]
}
