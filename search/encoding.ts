import { isActive, inParentOrder } from '../domain/condition.ts'
import {
  parameterValues,
  specialValues,
  valueAt,
  wrongValue,
  type Configuration,
  type Parameter,
  type ParameterValue,
} from '../domain/parameter.ts'
import type { Space } from '../domain/space.ts'

/** Codes of special values and of categories start here; codes of ordered values lie in [0, 1]. */
const UNORDERED = 2

/** One parameter as the model sees it. */
export interface Dimension {
  name: string
  parameter: Parameter
  /** Its default; null where none is known that is of the space. */
  known: ParameterValue | null
  /** What stands for the parameter where it does not exist: its default, so that it makes no difference. */
  absent: number
}

/** The place of a configuration in the model's space: one code per dimension. */
export type Point = Float64Array

/** Returns the dimensions of a space, each after the one that it depends on. */
export function dimensionsOf(space: Space, defaults: Configuration): Dimension[] {
  return inParentOrder(space).flatMap((name) => {
    const parameter = space[name]
    if (parameter === undefined) return []
    const value = defaults[name]
    const known = value !== undefined && wrongValue(parameter, value) === null ? value : null
    return [{ name, parameter, known, absent: codeOf(parameter, known ?? valueAt(parameter, 0.5)) }]
  })
}

/**
 * Returns the code of a value: ordered values by their place on the parameter's scale, from 0 to 1; categories and
 * special values from 2 on, equally far from each other and from everything else.
 */
export function codeOf(parameter: Parameter, value: ParameterValue): number {
  switch (parameter.type) {
    case 'boolean':
      return value === true ? UNORDERED + 1 : UNORDERED
    case 'categorical':
      return UNORDERED + parameter.choices.indexOf(value)
    case 'ordinal':
      return parameter.choices.indexOf(value) / Math.max(1, parameter.choices.length - 1)
    case 'integer':
    case 'float': {
      if (typeof value !== 'number') return 0
      const special = specialValues(parameter).indexOf(value)
      if (special >= 0) return UNORDERED + special
      const { low, high, scale } = parameter
      if (low === high) return 0
      if (scale === 'power-of-two') {
        const exponent = Math.log2(value / firstPower(low))
        return exponent / Math.max(1, Math.log2(lastPower(high) / firstPower(low)))
      }
      return scale === 'linear' ? (value - low) / (high - low) : Math.log(value / low) / Math.log(high / low)
    }
  }
}

function firstPower(low: number): number {
  return 2 ** Math.ceil(Math.log2(low))
}

function lastPower(high: number): number {
  return 2 ** Math.floor(Math.log2(high))
}

/** Returns the value of an ordered range whose code is nearest to one in [0, 1]. */
function valueAtCode(parameter: Parameter, code: number): ParameterValue {
  if (parameter.type === 'integer' || parameter.type === 'float') {
    const { low, high, scale } = parameter
    if (scale === 'power-of-two') {
      const octaves = Math.log2(lastPower(high) / firstPower(low))
      return firstPower(low) * 2 ** Math.round(code * octaves)
    }
    const value = scale === 'log' ? low * (high / low) ** code : low + (high - low) * code
    return parameter.type === 'integer' ? Math.min(high, Math.round(value)) : value
  }
  const values = parameterValues(parameter) ?? []
  return values[Math.round(code * (values.length - 1))] ?? values[0] ?? false
}

/** Whether a code is that of a category or of a special value. */
export function isUnordered(code: number): boolean {
  return code >= UNORDERED
}

/** Returns in how many dimensions two points differ. */
export function changesBetween(a: Point, b: Point): number {
  let changes = 0
  for (let d = 0; d < a.length; d++) if (a[d] !== b[d]) changes++
  return changes
}

/** Distance of two codes of one dimension, from 0 to 1. */
export function codeDistance(a: number, b: number): number {
  if (a <= 1 && b <= 1) return Math.abs(a - b)
  return a === b ? 0 : 1
}

/** Returns the point of a configuration whose values are all of the space; what it leaves out counts as absent. */
export function encode(dimensions: Dimension[], configuration: Configuration): Point {
  return Float64Array.from(dimensions, ({ name, parameter, absent }) => {
    const value = configuration[name]
    return value === undefined ? absent : codeOf(parameter, value)
  })
}

/** Completes a configuration: existing parameters get the value given, where it is one of theirs, or another; others are left out. */
export function completed(
  space: Space,
  dimensions: Dimension[],
  fixed: Configuration,
  values: Configuration,
  otherwise: (dimension: Dimension) => ParameterValue,
): Configuration {
  const known: Configuration = { ...fixed }
  const configuration: Configuration = {}
  for (const dimension of dimensions) {
    const { name, parameter } = dimension
    if (!isActive(space, name, known)) continue
    const given = values[name]
    const value = given !== undefined && wrongValue(parameter, given) === null ? given : otherwise(dimension)
    known[name] = value
    configuration[name] = value
  }
  return configuration
}

/** Significant binary digits of a coarse, a middle and a fine number. */
const BINARY_DIGITS = [2, 3, 5, 12]

/**
 * Returns the value at a place of a parameter's ordered range, rounded to a number that is round in binary: engines
 * like sizes that divide well, and people like few digits. `fineness` 0 to 3 says how round.
 */
export function roundValueAt(parameter: Parameter, place: number, fineness: number): ParameterValue {
  const value = valueAtCode(parameter, Math.min(1, Math.max(0, place)))
  const digits = BINARY_DIGITS[fineness] ?? 12
  if (parameter.type === 'integer' && parameter.scale !== 'power-of-two' && typeof value === 'number') {
    const { low, high, step = 1 } = parameter
    const magnitude = Math.max(Math.abs(value), parameter.scale === 'linear' ? (high - low) / 8 : 1)
    const unit = Math.max(1, 2 ** (Math.floor(Math.log2(Math.max(1, magnitude))) - digits + 1))
    const rounded = Math.min(high, Math.max(low, Math.round(value / unit) * unit))
    return low + Math.round((rounded - low) / step) * step <= high
      ? low + Math.round((rounded - low) / step) * step
      : value
  }
  if (parameter.type === 'float' && typeof value === 'number') {
    const { low, high, scale } = parameter
    const unit =
      scale === 'linear'
        ? 10 ** Math.floor(Math.log10((high - low) / 2 ** (digits + 1)))
        : 10 ** (Math.floor(Math.log10(value)) - (fineness > 1 ? 2 : 1))
    return Math.min(high, Math.max(low, Number((Math.round(value / unit) * unit).toPrecision(6))))
  }
  return value
}

/** Returns the values of a parameter when they are few and in no more than this many. */
export function fewValues(parameter: Parameter, most: number): readonly ParameterValue[] | null {
  if (parameter.type === 'integer' && (parameter.high - parameter.low) / (parameter.step ?? 1) > 4096)
    if (parameter.scale !== 'power-of-two') return null
  const values = parameterValues(parameter)
  return values !== null && values.length <= most ? values : null
}
