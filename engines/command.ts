import type { EngineParameter } from '../domain/engine-parameter.ts'
import type { Configuration, ParameterValue } from '../domain/parameter.ts'

/** What a configuration adds to a start of its engine. */
export interface ConfigurationCommand {
  args: string[]
  env: Record<string, string>
}

/**
 * Returns the arguments and variables of a configuration, in the order of their names. `attachedValues` says that the
 * engine's parser would take a value that begins with a dash for a flag (argparse does, llama-server does not): such a
 * value is written `--flag=value`. A parameter that only the catalogue of another installed version lists is written as
 * its name says.
 */
export function configurationCommand(
  catalogue: EngineParameter[],
  configuration: Configuration,
  { attachedValues }: { attachedValues: boolean },
): ConfigurationCommand {
  const args: string[] = []
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(configuration).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const known = catalogue.find((parameter) => parameter.name === name)
    const { form, flag, offFlag } = known ?? byItsName(name, value)
    if (form === 'env') env[flag] = variableText(value)
    else if (form === 'switch') args.push(...(value === true ? [flag] : offFlag === null ? [] : [offFlag]))
    else if (form === 'value') {
      const text = String(value)
      args.push(...(attachedValues && text.startsWith('-') ? [`${flag}=${text}`] : [flag, text]))
    }
  }
  return { args, env }
}

function byItsName(name: string, value: ParameterValue): Pick<EngineParameter, 'form' | 'flag' | 'offFlag'> {
  const words = name.replaceAll('_', '-')
  const form = typeof value === 'boolean' ? 'switch' : 'value'
  return { form, flag: `--${words}`, offFlag: `--no-${words}` }
}

/** Returns a size of parallelism; one that is left out is 1. */
export function parallelSize(configuration: Configuration, name: string): number {
  return Number(configuration[name] ?? 1)
}

function variableText(value: ParameterValue): string {
  return typeof value === 'boolean' ? (value ? '1' : '0') : String(value)
}
