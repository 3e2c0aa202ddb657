import type { EngineParameter } from '../domain/engine-parameter.ts'
import type { Configuration, ParameterValue } from '../domain/parameter.ts'
import type { Engine } from './engine.ts'

/** What a configuration adds to a start of its engine. */
export interface ConfigurationCommand {
  args: string[]
  env: Record<string, string>
}

/**
 * Returns the arguments and variables of a configuration, in the order of their names. `catalogue` is that of the
 * installed version, where it is known; a parameter that only another version lists is written as its name says.
 */
export function configurationCommand(
  engine: Pick<Engine, 'parameters' | 'attachedValues' | 'flagsOf'>,
  configuration: Configuration,
  catalogue: EngineParameter[] = engine.parameters,
): ConfigurationCommand {
  const args: string[] = []
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(configuration).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const byItsName = { form: typeof value === 'boolean' ? 'switch' : 'value', ...engine.flagsOf(name) }
    const { form, flag, offFlag } = catalogue.find((parameter) => parameter.name === name) ?? byItsName
    if (form === 'env') env[flag] = variableText(value)
    else if (form === 'switch') args.push(...(value === true ? [flag] : offFlag === null ? [] : [offFlag]))
    else if (form === 'value') {
      const text = String(value)
      args.push(...(engine.attachedValues && text.startsWith('-') ? [`${flag}=${text}`] : [flag, text]))
    }
  }
  return { args, env }
}

/** Returns a size of parallelism; one that is left out is 1. */
export function parallelSize(configuration: Configuration, name: string): number {
  return Number(configuration[name] ?? 1)
}

function variableText(value: ParameterValue): string {
  return typeof value === 'boolean' ? (value ? '1' : '0') : String(value)
}
