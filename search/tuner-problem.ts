import { z } from 'zod'
import { ParameterValue, type Configuration, type Parameter } from '../domain/parameter.ts'
import { Rule } from '../domain/rule.ts'
import { Space } from '../domain/space.ts'
import type { SearchProblem } from './problem.ts'

const Name = z.string().min(1).max(200)
const Term = z.union([
  z.object({ param: Name, op: z.enum(['eq', 'ne', 'lt', 'gt', 'le', 'ge']), value: ParameterValue }),
  z.object({ param: Name, op: z.literal('in'), value: z.array(ParameterValue).min(1) }),
  z.object({ param: Name, op: z.enum(['eq', 'ne', 'lt', 'gt', 'le', 'ge']), ref: Name }),
])
type Term = z.infer<typeof Term>

const common = {
  name: Name,
  default: ParameterValue.optional(),
  condition: z.object({ param: Name, in: z.array(ParameterValue).min(1) }).optional(),
}
const numeric = { min: z.number(), max: z.number(), special: z.array(z.number()).optional() }

/** A problem in the format `tuner-problem/1`. */
export const TunerProblem = z.object({
  format: z.literal('tuner-problem/1'),
  parameters: z
    .array(
      z.discriminatedUnion('type', [
        z.object({ ...common, type: z.literal('boolean') }),
        z.object({ ...common, type: z.literal('categorical'), choices: z.array(ParameterValue).min(1) }),
        z.object({ ...common, type: z.literal('ordinal'), choices: z.array(ParameterValue).min(1) }),
        z.object({
          ...common,
          ...numeric,
          type: z.literal('integer'),
          scale: z.enum(['linear', 'log', 'log2']).default('linear'),
        }),
        z.object({
          ...common,
          ...numeric,
          type: z.literal('float'),
          scale: z.enum(['linear', 'log']).default('linear'),
        }),
      ]),
    )
    .min(1),
  forbidden: z.array(z.array(Term).min(1)).default([]),
  objectives: z
    .array(z.object({ metric: z.string(), direction: z.enum(['maximize', 'minimize']) }))
    .min(1)
    .max(2),
  constraints: z
    .array(z.object({ metric: z.string(), op: z.enum(['<=', '>=']), value: z.number() }))
    .default([]),
  defaults: z.record(Name, ParameterValue).optional(),
})
export type TunerProblem = z.infer<typeof TunerProblem>

/** A problem in our form, and how its parameters are called outside. */
export interface Translated {
  problem: SearchProblem
  toInner(configuration: Configuration): Configuration
  toOuter(configuration: Configuration): Configuration
}

/**
 * Translates a problem; a text says what is wrong with it. Names that a rule could not hold are replaced by numbered ones, which
 * `toOuter` undoes.
 */
export function translateProblem(given: TunerProblem): Translated | string {
  const inner = new Map(
    given.parameters.map(({ name }, index) => [
      name,
      /^[a-z][a-z0-9_]*$/.test(name) && !['in', 'true', 'false', 'null', 'this'].includes(name)
        ? name
        : `parameter_${index}`,
    ]),
  )
  const nameOf = (name: string) => inner.get(name) ?? name
  const outer = new Map([...inner].map(([from, to]) => [to, from]))
  const renamed = (configuration: Configuration, names: Map<string, string>) =>
    Object.fromEntries(Object.entries(configuration).map(([name, value]) => [names.get(name) ?? name, value]))
  if (inner.size < given.parameters.length) return 'two parameters have the same name'
  const parsed = Space.safeParse(
    Object.fromEntries(
      given.parameters.map((parameter) => [nameOf(parameter.name), translateParameter(parameter, nameOf)]),
    ),
  )
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    return `parameters: ${renamedPath(issue?.path ?? [], outer)}: ${issue?.message ?? 'not a space'}`
  }
  const space = parsed.data
  const rules: Rule[] = []
  for (const [index, clause] of given.forbidden.entries()) {
    const unknown = clause
      .flatMap((term) => [term.param, ...('ref' in term ? [term.ref] : [])])
      .find((name) => !inner.has(name))
    if (unknown !== undefined) return `forbidden.${index}: no parameter is called "${unknown}"`
    const rule = Rule.safeParse(ruleOf(clause, nameOf))
    if (!rule.success) return `forbidden.${index}: ${rule.error.issues[0]?.message ?? 'not a rule'}`
    rules.push(rule.data)
  }
  const defaults = Object.fromEntries(
    given.parameters.flatMap(({ name, default: value }) => {
      const known = given.defaults?.[name] ?? value
      return known === undefined ? [] : [[nameOf(name), known]]
    }),
  )
  return {
    problem: {
      space,
      rules,
      fixed: {},
      objectives: given.objectives,
      constraints: given.constraints.map(({ metric, op, value }) => ({ metric, op, limit: value })),
      defaults,
    },
    toInner: (configuration) => renamed(configuration, inner),
    toOuter: (configuration) => renamed(configuration, outer),
  }
}

function translateParameter(
  parameter: TunerProblem['parameters'][number],
  nameOf: (name: string) => string,
): z.input<typeof Parameter> {
  const condition =
    parameter.condition === undefined
      ? {}
      : { condition: { parameter: nameOf(parameter.condition.param), in: parameter.condition.in } }
  switch (parameter.type) {
    case 'boolean':
      return { type: 'boolean', ...condition }
    case 'categorical':
    case 'ordinal':
      return { type: parameter.type, choices: parameter.choices, ...condition }
    case 'integer': {
      const scale = parameter.scale === 'log2' ? 'power-of-two' : parameter.scale
      return { type: 'integer', scale, ...rangeOf(parameter), ...condition }
    }
    case 'float':
      return { type: 'float', scale: parameter.scale, ...rangeOf(parameter), ...condition }
  }
}

function rangeOf({ min, max, special = [] }: { min: number; max: number; special?: number[] | undefined }) {
  const outside = [...new Set(special)].filter((value) => value < min || value > max)
  return { low: min, high: max, ...(outside.length > 0 ? { special: outside } : {}) }
}

const OPERATORS = { eq: '==', ne: '!=', lt: '<', gt: '>', le: '<=', ge: '>=' } as const

/** The rule that a clause must not hold; one over a parameter that does not exist holds anyway. */
function ruleOf(clause: Term[], nameOf: (name: string) => string): string {
  const terms = clause.map((term) => {
    const left = nameOf(term.param)
    if ('ref' in term) return `${left} ${OPERATORS[term.op]} ${nameOf(term.ref)}`
    if (term.op === 'in') return `${left} in [${term.value.map((value) => JSON.stringify(value)).join(', ')}]`
    return `${left} ${OPERATORS[term.op]} ${JSON.stringify(term.value)}`
  })
  return `!(${terms.join(' && ')})`
}

function renamedPath(path: readonly PropertyKey[], outer: Map<string, string>): string {
  return path.map((part) => outer.get(String(part)) ?? String(part)).join('.')
}
