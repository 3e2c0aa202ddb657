import type { EngineParameter } from '../domain/engine-parameter.ts'
import type { Parameter, ParameterValue } from '../domain/parameter.ts'

/** What an entry of a built-in catalogue may add to a flag: the rest follows from its name and range. */
interface Details {
  flag?: string
  offFlag?: string | null
  since?: string
}

/** Returns the flag of a parameter as most programs write it, and the one that turns it off. */
export function dashedFlags(name: string): { flag: string; offFlag: string } {
  const words = name.replaceAll('_', '-')
  return { flag: `--${words}`, offFlag: `--no-${words}` }
}

/** A parameter written `--flag value`. */
export function value(
  name: string,
  suggested: Parameter,
  defaultValue: ParameterValue | null,
  description: string,
  { flag = dashedFlags(name).flag, since }: Details = {},
): EngineParameter {
  return {
    name,
    form: 'value',
    flag,
    offFlag: null,
    type: typeOf(suggested),
    choices: null,
    suggested,
    default: defaultValue,
    description,
    since: since ?? null,
    offered: null,
  }
}

/** A parameter written `--flag` or, where it can be turned off, `--no-flag`. */
export function flagSwitch(
  name: string,
  defaultValue: boolean | null,
  description: string,
  { flag = dashedFlags(name).flag, offFlag = flag.replace(/^--/, '--no-'), since }: Details = {},
): EngineParameter {
  return {
    ...value(name, { type: 'boolean' }, defaultValue, description, { flag, since }),
    form: 'switch',
    offFlag,
  }
}

/** A parameter that is a variable of the environment, named like it in lower case. */
export function variable(
  name: string,
  suggested: Parameter,
  defaultValue: ParameterValue | null,
  description: string,
  details: Details = {},
): EngineParameter {
  return {
    ...value(name, suggested, defaultValue, description, { flag: name.toUpperCase(), ...details }),
    form: 'env',
  }
}

export function integer(
  low: number,
  high: number,
  scale: 'linear' | 'log' | 'power-of-two' = 'linear',
): Parameter {
  return { type: 'integer', low, high, scale }
}

export function float(low: number, high: number): Parameter {
  return { type: 'float', low, high, scale: 'linear' }
}

export function oneOf(...choices: string[]): Parameter {
  return { type: 'categorical', choices }
}

/** Values in their order, of which a search may take the neighbours. */
export function inOrder(...choices: ParameterValue[]): Parameter {
  return { type: 'ordinal', choices }
}

function typeOf(parameter: Parameter): EngineParameter['type'] {
  if (parameter.type === 'integer' || parameter.type === 'float' || parameter.type === 'boolean')
    return parameter.type
  if (parameter.choices.every((choice) => Number.isInteger(choice))) return 'integer'
  return parameter.choices.every((choice) => typeof choice === 'number') ? 'float' : 'text'
}
