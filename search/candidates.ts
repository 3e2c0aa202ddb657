import { isActive } from '../domain/condition.ts'
import { specialValues, valueAt, type Configuration, type ParameterValue } from '../domain/parameter.ts'
import type { Random } from '../domain/random.ts'
import { codeOf, completed, fewValues, roundValueAt, type Dimension } from './encoding.ts'
import type { SearchProblem } from './problem.ts'

/** Makes configurations of a problem: random ones, changes of known ones, mixtures. */
export class Candidates {
  readonly problem: SearchProblem
  readonly dimensions: Dimension[]
  readonly random: Random

  constructor(problem: SearchProblem, dimensions: Dimension[], random: Random) {
    this.problem = problem
    this.dimensions = dimensions
    this.random = random
  }

  #complete(values: Configuration, otherwise: (dimension: Dimension) => ParameterValue): Configuration {
    return completed(this.problem.space, this.dimensions, this.problem.fixed, values, otherwise)
  }

  /** The default of a parameter, or a random value where none of the space is known. */
  #fallback = ({ known, parameter }: Dimension): ParameterValue =>
    known ?? valueAt(parameter, this.random.unit())

  /** Values completed to a configuration, by defaults where parameters came into being. */
  complete(values: Configuration): Configuration {
    return this.#complete(values, this.#fallback)
  }

  anywhere(): Configuration {
    return this.#complete({}, ({ parameter }) => this.#value(parameter, this.random.unit()))
  }

  #value(parameter: Dimension['parameter'], point: number): ParameterValue {
    const value = valueAt(parameter, point)
    if (typeof value === 'number' && (parameter.type === 'integer' || parameter.type === 'float')) {
      if (specialValues(parameter).includes(value)) return value
      return roundValueAt(parameter, codeOf(parameter, value), 1)
    }
    return value
  }

  active(configuration: Configuration): Dimension[] {
    const values = { ...this.problem.fixed, ...configuration }
    return this.dimensions.filter(({ name }) => isActive(this.problem.space, name, values))
  }

  /** Another value of a parameter: near the present one more often than far. */
  #changed({ parameter }: Dimension, value: ParameterValue | undefined): ParameterValue {
    const random = this.random.unit()
    const few =
      parameter.type === 'boolean' || parameter.type === 'categorical' ? fewValues(parameter, 1000) : null
    if (few !== null) {
      const others = few.filter((other) => other !== value)
      return others[Math.floor(random * others.length)] ?? few[0] ?? false
    }
    const special = specialValues(parameter)
    if (special.length > 0 && this.random.unit() < 0.15)
      return special[Math.floor(random * special.length)] ?? 0
    const code = value === undefined ? 2 : codeOf(parameter, value)
    if (code > 1 || this.random.unit() < 0.25) return this.#value(parameter, random)
    const listed = fewValues(parameter, 64)
    if (listed !== null && special.length === 0) {
      const index = listed.indexOf(value ?? false)
      const reach = Math.max(1, Math.round(listed.length * 0.25 * this.random.unit() ** 2))
      const next = index + (random < 0.5 ? -reach : reach)
      return listed[next] ?? listed[index + (random < 0.5 ? reach : -reach)] ?? listed[0] ?? false
    }
    const width = 0.3 * 10 ** (-1.5 * this.random.unit())
    const place = code + (random < 0.5 ? -width : width)
    const reflected = place < 0 || place > 1 ? code - (place - code) : place
    return roundValueAt(parameter, reflected, width > 0.1 ? 1 : width > 0.03 ? 2 : 3)
  }

  /** A configuration with so many of its parameters changed. */
  changed(configuration: Configuration, count: number): Configuration {
    const values = { ...configuration }
    const active = this.active(configuration).filter(({ parameter }) => fewValues(parameter, 1) === null)
    for (let change = 0; change < count; change++) {
      const dimension = active[Math.floor(this.random.unit() * active.length)]
      if (dimension === undefined) break
      values[dimension.name] = this.#changed(dimension, values[dimension.name])
    }
    return this.#complete(values, this.#fallback)
  }

  /** Each existing parameter from one of two configurations. */
  mixed(a: Configuration, b: Configuration): Configuration {
    const values: Configuration = {}
    for (const { name } of this.dimensions) {
      const value = this.random.unit() < 0.5 ? (a[name] ?? b[name]) : (b[name] ?? a[name])
      if (value !== undefined) values[name] = value
    }
    return this.#complete(values, this.#fallback)
  }

  /** A configuration with one parameter moved each way: the neighbours on its grid, and some further off. */
  neighbours(configuration: Configuration): Configuration[] {
    return this.active(configuration).flatMap((dimension) =>
      this.#others(dimension, configuration[dimension.name]).map((value) =>
        this.#complete({ ...configuration, [dimension.name]: value }, this.#fallback),
      ),
    )
  }

  #others({ parameter }: Dimension, value: ParameterValue | undefined): ParameterValue[] {
    const listed = fewValues(parameter, 8)
    if (listed !== null) return listed.filter((other) => other !== value)
    const code = value === undefined ? 2 : codeOf(parameter, value)
    const special = specialValues(parameter).filter((other) => other !== value)
    if (code > 1)
      return [...special, ...[0, 0.25, 0.5, 0.75, 1].map((place) => roundValueAt(parameter, place, 1))]
    const steps = [0.02, 0.06, 0.15, 0.3, 0.5]
    const found = steps.flatMap((step) => [
      roundValueAt(parameter, code - step, step > 0.05 ? 1 : 3),
      roundValueAt(parameter, code + step, step > 0.05 ? 1 : 3),
    ])
    if (parameter.type === 'integer' && typeof value === 'number' && parameter.scale !== 'power-of-two')
      found.push(value - (parameter.step ?? 1), value + (parameter.step ?? 1))
    return [...special, ...new Set(found)].filter(
      (other) =>
        other !== value &&
        (typeof other !== 'number' ||
          !('low' in parameter) ||
          special.includes(other) ||
          (other >= parameter.low && other <= parameter.high)),
    )
  }
}
