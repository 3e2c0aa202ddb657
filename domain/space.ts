import { z } from 'zod'
import { inParentOrder, isActive } from './condition.ts'
import { nearest } from './nearest.ts'
import {
  Parameter,
  parameterSize,
  parameterValues,
  wrongType,
  wrongValue,
  type Configuration,
  type ParameterValue,
} from './parameter.ts'
import { compileRule, ruleNames, type Rule } from './rule.ts'

/** The parameters that a tuning varies, by name. */
export const Space = z
  .record(z.string().regex(/^[a-z][a-z0-9_]*$/, 'a parameter is named like batch_size'), Parameter)
  .refine((space) => Object.keys(space).length > 0, 'a space needs at least one parameter')
  .refine((space) => Object.keys(space).length <= 60, 'a space has at most 60 parameters')
export type Space = z.infer<typeof Space>

/** How many combinations a space is walked through to count those that fulfil its rules. */
const COUNTED_COMBINATIONS = 200_000

/**
 * Returns the number of configurations without regard to rules, each choice of existing parameters counted once;
 * Infinity with a float range. Conditions over fixed values need those.
 */
export function spaceSize(space: Space, fixed: Configuration = {}): number {
  const children = new Map<string, string[]>()
  for (const [name, { condition }] of Object.entries(space)) {
    if (condition === undefined || !(condition.parameter in space)) continue
    children.set(condition.parameter, [...(children.get(condition.parameter) ?? []), name])
  }
  const sizeOf = (name: string): number => {
    const parameter = space[name]
    if (parameter === undefined) return 1
    const below = (children.get(name) ?? []).map((child) => ({
      size: sizeOf(child),
      values: space[child]?.condition?.in ?? [],
    }))
    if (below.length === 0) return parameterSize(parameter)
    const named = [...new Set(below.flatMap(({ values }) => values))].filter(
      (value) => wrongValue(parameter, value) === null,
    )
    const withChildren = (value: ParameterValue) =>
      below.reduce((product, { size, values }) => product * (values.includes(value) ? size : 1), 1)
    return (
      parameterSize(parameter) -
      named.length +
      named.reduce<number>((sum, value) => sum + withChildren(value), 0)
    )
  }
  return Object.entries(space).reduce<number>((product, [name, { condition }]) => {
    if (condition === undefined) return product * sizeOf(name)
    if (condition.parameter in space || !isActive(space, name, fixed)) return product
    return product * sizeOf(name)
  }, 1)
}

/** Returns a text that is the same for equal configurations, whatever the order of their names. */
export function configurationKey(configuration: Configuration): string {
  return JSON.stringify(Object.entries(configuration).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/**
 * Returns a check whether a configuration, together with fixed values, fulfils all rules;
 * it names the first rule broken, or null.
 */
export function ruleChecker(
  rules: Rule[],
  fixed: Configuration,
): (configuration: Configuration) => Rule | null {
  const compiled = rules.map((rule) => ({ rule, holds: compileRule(rule) }))
  return (configuration) => {
    const all = { ...fixed, ...configuration }
    return compiled.find(({ holds }) => !holds(all))?.rule ?? null
  }
}

/**
 * Yields every configuration of a space whose parameters can all be listed; parameters that do not exist under the
 * values of the others are left out.
 */
export function* everyConfiguration(space: Space, fixed: Configuration = {}): Generator<Configuration, void> {
  const names = inParentOrder(space)
  const listed = names.map((name) => {
    const parameter = space[name]
    return { name, values: parameter === undefined ? [] : (parameterValues(parameter) ?? []) }
  })
  function* from(position: number, chosen: Configuration): Generator<Configuration, void> {
    const here = listed[position]
    if (here === undefined) {
      yield { ...chosen }
      return
    }
    if (!isActive(space, here.name, { ...fixed, ...chosen })) return yield* from(position + 1, chosen)
    for (const value of here.values) yield* from(position + 1, { ...chosen, [here.name]: value })
  }
  yield* from(0, {})
}

/**
 * Counts the configurations that fulfil the rules, exactly when the space can be walked through,
 * else null (it is then large enough for any budget).
 */
export function countAllowed(space: Space, rules: Rule[], fixed: Configuration): number | null {
  const size = spaceSize(space, fixed)
  if (size > COUNTED_COMBINATIONS) return null
  if (rules.length === 0) return size
  const broken = ruleChecker(rules, fixed)
  let count = 0
  for (const configuration of everyConfiguration(space, fixed)) if (broken(configuration) === null) count++
  return count
}

/** What is wrong, and where: a path into the request. */
export interface Finding {
  path: (string | number)[]
  message: string
}

/** Returns what is wrong with rules over a space and fixed values: unknown names, a rule that leaves nothing. */
export function checkRules(space: Space, rules: Rule[], fixed: Configuration): Finding[] {
  const known = [...Object.keys(space), ...Object.keys(fixed)]
  const unknown = rules.flatMap((rule, index) =>
    ruleNames(rule)
      .filter((name) => !known.includes(name))
      .map((name) => ({
        path: ['rules', index],
        message: `the rule names "${name}", which is neither in the space nor fixed in engine.args${nearest(name, known)}`,
      })),
  )
  const findings = [...unknown, ...checkConditions(space, known)]
  if (findings.length > 0 || countAllowed(space, rules, fixed) !== 0) return findings
  const culprit = rules.findIndex((rule) => countAllowed(space, [rule], fixed) === 0)
  return culprit >= 0
    ? [{ path: ['rules', culprit], message: 'no configuration of the space fulfils this rule' }]
    : [{ path: ['rules'], message: 'no configuration of the space fulfils all rules together' }]
}

/** Returns what is wrong with the conditions of a space: unknown parents, values that those never have, circles. */
function checkConditions(space: Space, known: string[]): Finding[] {
  const ordered = inParentOrder(space)
  return Object.entries(space).flatMap(([name, { condition }]) => {
    if (condition === undefined) return []
    const path = ['space', name, 'condition']
    const { parameter } = condition
    if (!known.includes(parameter)) {
      const message = `it depends on "${parameter}", which is neither in the space nor fixed${nearest(parameter, known)}`
      return [{ path, message }]
    }
    if (!ordered.includes(name)) return [{ path, message: 'it depends on itself, by way of others' }]
    const parent = space[parameter]
    if (parent === undefined) return []
    return condition.in.flatMap((value) => {
      const message = wrongValue(parent, value)
      return message === null ? [] : [{ path, message: `"${parameter}": ${message}` }]
    })
  })
}

/** Returns what is wrong with a configuration's values for a space; parameters that it leaves out are left to the engine. */
export function checkConfiguration(space: Space, configuration: Configuration): Finding[] {
  return Object.entries(configuration).flatMap(([name, value]) => {
    const parameter = space[name]
    if (parameter === undefined) {
      return [{ path: [name], message: `"${name}" is not in the space${nearest(name, Object.keys(space))}` }]
    }
    const message = wrongValue(parameter, value)
    return message === null ? [] : [{ path: [name], message }]
  })
}

/** Returns which values of a configuration are not of their parameter's type; what a space does not name may be anything. */
export function checkTypes(space: Space, configuration: Configuration): Finding[] {
  return Object.entries(configuration).flatMap(([name, value]) => {
    const parameter = space[name]
    const message = parameter === undefined ? null : wrongType(parameter, value)
    return message === null ? [] : [{ path: [name], message }]
  })
}
