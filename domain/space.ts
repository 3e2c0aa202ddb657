import { z } from 'zod'
import { nearest } from './nearest.ts'
import { Parameter, parameterSize, parameterValues, wrongValue, type Configuration } from './parameter.ts'
import { compileRule, ruleNames, type Rule } from './rule.ts'

/** The parameters that a tuning varies, by name. */
export const Space = z
  .record(z.string().regex(/^[a-z][a-z0-9_]*$/, 'a parameter is named like batch_size'), Parameter)
  .refine((space) => Object.keys(space).length > 0, 'a space needs at least one parameter')
  .refine((space) => Object.keys(space).length <= 60, 'a space has at most 60 parameters')
export type Space = z.infer<typeof Space>

/** How many combinations a space is walked through to count those that fulfil its rules. */
const COUNTED_COMBINATIONS = 200_000

/** Returns the number of configurations without regard to rules; Infinity with a float range. */
export function spaceSize(space: Space): number {
  return Object.values(space).reduce<number>((product, parameter) => product * parameterSize(parameter), 1)
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

/** Yields every configuration of a space whose parameters can all be listed. */
export function* everyConfiguration(space: Space): Generator<Configuration, void> {
  const [first, ...rest] = Object.entries(space)
  if (first === undefined) {
    yield {}
    return
  }
  const [name, parameter] = first
  for (const value of parameterValues(parameter) ?? []) {
    for (const others of everyConfiguration(Object.fromEntries(rest))) yield { [name]: value, ...others }
  }
}

/**
 * Counts the configurations that fulfil the rules, exactly when the space can be walked through,
 * else null (it is then large enough for any budget).
 */
export function countAllowed(space: Space, rules: Rule[], fixed: Configuration): number | null {
  if (spaceSize(space) > COUNTED_COMBINATIONS) return null
  const broken = ruleChecker(rules, fixed)
  let count = 0
  for (const configuration of everyConfiguration(space)) if (broken(configuration) === null) count++
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
  if (unknown.length > 0 || countAllowed(space, rules, fixed) !== 0) return unknown
  const culprit = rules.findIndex((rule) => countAllowed(space, [rule], fixed) === 0)
  return culprit >= 0
    ? [{ path: ['rules', culprit], message: 'no configuration of the space fulfils this rule' }]
    : [{ path: ['rules'], message: 'no configuration of the space fulfils all rules together' }]
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
