import { z } from 'zod'

/** A value of one parameter. */
export const ParameterValue = z.union([z.string(), z.number(), z.boolean()])
export type ParameterValue = z.infer<typeof ParameterValue>

/** Values for parameters; what it does not name is left to the engine's default. */
export const Configuration = z.record(z.string(), ParameterValue)
export type Configuration = z.infer<typeof Configuration>

const Choices = z
  .array(ParameterValue)
  .min(1)
  .max(1000)
  .refine((choices) => new Set(choices).size === choices.length, 'a choice is listed twice')

/** When a parameter exists: while another one has one of these values. */
const Condition = z
  .strictObject({
    parameter: z.string().min(1).max(200).meta({ description: 'The name of the other parameter.' }),
    in: z
      .array(ParameterValue)
      .min(1)
      .max(1000)
      .meta({ description: 'Its values with which this one exists.' }),
  })
  .meta({ id: 'Condition' })
export type Condition = z.infer<typeof Condition>

const conditional = {
  condition: Condition.optional().meta({
    description: 'It exists only while the named parameter, itself existing, has one of these values.',
  }),
}

const LOW = { description: 'The lowest value.' }
const HIGH = { description: 'The highest value.' }
const SCALE = { description: 'How values are spread: a step of a log scale multiplies.' }

const Special = z.array(z.number()).min(1).max(20).optional().meta({
  description: 'Further values outside the range that mean something else, such as -1 = off.',
})

type Wrong = (member: string, message: string) => void

function wrongAt(context: z.RefinementCtx): Wrong {
  return (member, message) => context.addIssue({ code: 'custom', path: [member], message })
}

/** Says what is wrong with a range of numbers, whatever its scale; returns whether it is empty. */
function wrongRange(
  { low, high, special }: { low: number; high: number; special?: number[] },
  wrong: Wrong,
): boolean {
  if (low > high) wrong('high', `the range is empty: low ${low} is above high ${high}`)
  const inside = special?.find((value) => value >= low && value <= high)
  if (inside !== undefined) wrong('special', `the special value ${inside} lies in the range`)
  return low > high
}

const IntegerParameter = z
  .strictObject({
    ...conditional,
    type: z.literal('integer'),
    low: z.int().meta(LOW),
    high: z.int().meta(HIGH),
    scale: z.enum(['linear', 'log', 'power-of-two']).default('linear').meta(SCALE),
    step: z.int().min(1).optional().meta({ description: 'Distance between values, on a linear scale.' }),
    special: Special,
  })
  .superRefine((parameter, context) => {
    const { low, high, scale } = parameter
    const wrong = wrongAt(context)
    if (wrongRange(parameter, wrong)) return
    if (scale !== 'linear' && low < 1) return wrong('low', `a ${scale} scale starts at 1 or more`)
    if (scale !== 'linear' && parameter.step !== undefined)
      return wrong('step', 'a step needs a linear scale')
    if (scale === 'power-of-two' && rangeValues(parameter)?.length === 0) {
      return wrong('high', `there is no power of two from ${low} to ${high}`)
    }
    if (parameter.special?.some((value) => !Number.isInteger(value)))
      wrong('special', 'a special value of an integer is an integer')
  })

const FloatParameter = z
  .strictObject({
    ...conditional,
    type: z.literal('float'),
    low: z.number().meta(LOW),
    high: z.number().meta(HIGH),
    scale: z.enum(['linear', 'log']).default('linear').meta(SCALE),
    special: Special,
  })
  .superRefine((parameter, context) => {
    const wrong = wrongAt(context)
    if (wrongRange(parameter, wrong)) return
    if (parameter.scale === 'log' && parameter.low <= 0) wrong('low', 'a log scale starts above 0')
  })

const CategoricalParameter = z.strictObject({
  ...conditional,
  type: z.literal('categorical'),
  choices: Choices.meta({ description: 'In any order.' }),
})
const OrdinalParameter = z.strictObject({
  ...conditional,
  type: z.literal('ordinal'),
  choices: Choices.meta({ description: 'In their order.' }),
})
const BooleanParameter = z.strictObject({ ...conditional, type: z.literal('boolean') })

/** What values a parameter may take. */
export const Parameter = z.discriminatedUnion('type', [
  IntegerParameter,
  FloatParameter,
  CategoricalParameter,
  OrdinalParameter,
  BooleanParameter,
])
export type Parameter = z.infer<typeof Parameter>

/** Returns the special values of a parameter: those outside its range. */
export function specialValues(parameter: Parameter): number[] {
  return parameter.type === 'integer' || parameter.type === 'float' ? (parameter.special ?? []) : []
}

/**
 * Returns all values of a parameter in order, special ones first, or null when they are too many to list
 * (floats of a range, integers of more than 100,000 values).
 */
export function parameterValues(parameter: Parameter): readonly ParameterValue[] | null {
  const values = rangeValues(parameter)
  const special = specialValues(parameter)
  return values === null || special.length === 0 ? values : [...special, ...values]
}

/** Lists made so far: a search asks for the same ones thousands of times. */
const listedRanges = new WeakMap<Parameter, readonly ParameterValue[]>()

function rangeValues(parameter: Parameter): readonly ParameterValue[] | null {
  const known = listedRanges.get(parameter)
  if (known !== undefined) return known
  const values = listRange(parameter)
  if (values !== null) listedRanges.set(parameter, values)
  return values
}

function listRange(parameter: Parameter): ParameterValue[] | null {
  switch (parameter.type) {
    case 'boolean':
      return [false, true]
    case 'categorical':
    case 'ordinal':
      return parameter.choices
    case 'float':
      return parameter.low === parameter.high ? [parameter.low] : null
    case 'integer': {
      const { low, high, scale, step = 1 } = parameter
      if (scale === 'power-of-two') {
        const exponents = Array.from({ length: 53 }, (_, exponent) => 2 ** exponent)
        return exponents.filter((value) => value >= low && value <= high)
      }
      const count = Math.floor((high - low) / step) + 1
      return count > 100_000 ? null : Array.from({ length: count }, (_, index) => low + index * step)
    }
  }
}

/** Returns how many values a parameter has; Infinity for a float range. */
export function parameterSize(parameter: Parameter): number {
  return specialValues(parameter).length + rangeSize(parameter)
}

function rangeSize(parameter: Parameter): number {
  const values = rangeValues(parameter)
  if (values !== null) return values.length
  return parameter.type === 'integer'
    ? Math.floor((parameter.high - parameter.low) / (parameter.step ?? 1)) + 1
    : Infinity
}

/** A special value gets as large a share of [0, 1) as one value of a range of this many. */
const SHARED_WITH_SPECIAL = 8

/**
 * Maps a point of [0, 1) to a value of the parameter, so that equal shares of [0, 1) fall to equal shares of its
 * scale; special values come first, each with a share of its own.
 */
export function valueAt(parameter: Parameter, point: number): ParameterValue {
  const special = specialValues(parameter)
  const slots =
    special.length === 0 ? 1 : special.length + Math.min(rangeSize(parameter), SHARED_WITH_SPECIAL)
  const chosen = special[Math.floor(point * slots)]
  if (chosen !== undefined) return chosen
  return rangeValueAt(
    parameter,
    special.length === 0 ? point : (point * slots - special.length) / (slots - special.length),
  )
}

/** Maps a point of [0, 1) to a value of the parameter's range, leaving special values out. */
function rangeValueAt(parameter: Parameter, point: number): ParameterValue {
  if (parameter.type === 'float') {
    const { low, high, scale } = parameter
    const value = scale === 'log' ? low * (high / low) ** point : low + (high - low) * point
    return Math.min(high, Math.max(low, Number(value.toPrecision(6))))
  }
  if (parameter.type === 'integer' && parameter.scale === 'log') {
    const { low, high } = parameter
    return Math.min(high, Math.floor(low * ((high + 1) / low) ** point))
  }
  const size = rangeSize(parameter)
  const index = Math.min(size - 1, Math.floor(point * size))
  if (parameter.type === 'integer' && parameter.scale === 'linear') {
    return parameter.low + index * (parameter.step ?? 1)
  }
  const value = rangeValues(parameter)?.[index]
  if (value === undefined) throw new RangeError('a parameter without values')
  return value
}

/** Says what is wrong with a value for a parameter; null when it is one of its values. */
export function wrongValue(parameter: Parameter, value: ParameterValue): string | null {
  if (typeof value === 'number' && specialValues(parameter).includes(value)) return null
  const values = parameterValues(parameter)
  if (values !== null && values.length <= 1000) {
    return values.includes(value) ? null : `expected one of ${listed(values)}, got ${JSON.stringify(value)}`
  }
  if (typeof value !== 'number') return `expected a number, got ${JSON.stringify(value)}`
  if (parameter.type !== 'integer' && parameter.type !== 'float') return null
  const { low, high } = parameter
  if (!(value >= low && value <= high)) return `expected ${low} to ${high}, got ${value}`
  if (parameter.type === 'integer' && (value - low) % (parameter.step ?? 1) !== 0) {
    return `expected a whole number${parameter.step === undefined ? '' : ` in steps of ${parameter.step}`}, got ${value}`
  }
  return null
}

/** Says why a value is not of a parameter's type, be it among its values or not; null when it is. */
export function wrongType(parameter: Parameter, value: ParameterValue): string | null {
  const given = JSON.stringify(value)
  switch (parameter.type) {
    case 'integer':
      return Number.isInteger(value) ? null : `expected a whole number, got ${given}`
    case 'float':
      return typeof value === 'number' ? null : `expected a number, got ${given}`
    case 'boolean':
      return typeof value === 'boolean' ? null : `expected true or false, got ${given}`
    case 'categorical':
    case 'ordinal':
      return parameter.choices.some((choice) => typeof choice === typeof value)
        ? null
        : `expected something like ${listed(parameter.choices)}, got ${given}`
  }
}

function listed(values: readonly ParameterValue[]): string {
  const shown = values.slice(0, 12).map((value) => JSON.stringify(value))
  return values.length > 12 ? `${shown.join(', ')}, ... (${values.length} values)` : shown.join(', ')
}
