import type { Diagnosis, EngineExit } from '../domain/diagnosis.ts'
import type { Configuration, Parameter, ParameterValue } from '../domain/parameter.ts'

/** A parameter that an engine knows: its flag, its values, what it does. */
export interface EngineParameter {
  name: string
  flag: string
  /** How a value becomes arguments: `value` gives `--flag value`, `switch` gives `--flag` or `--no-flag`. */
  form: 'value' | 'switch'
  /** A range worth searching, from which a space can start. */
  suggested: Parameter
  /** The engine's own default; null when it depends on the machine or the model. */
  default: ParameterValue | null
  description: string
}

/** Where and with what an engine is to be started. */
export interface EngineStart {
  /** A file, or what the engine otherwise takes as its model. */
  model: string
  host: string
  port: number
  configuration: Configuration
}

/** An engine: how parameters become a command line, when it is ready, what its failures mean. */
export interface Engine {
  kind: string
  title: string
  /** The name of its program, for messages and for the command line to deploy. */
  program: string
  parameters: EngineParameter[]
  /** Whether the model must be a file on the engine's host. */
  modelIsFile: boolean
  args: (start: EngineStart) => string[]
  /** Answers 200 as soon as the engine can serve. */
  readinessPath: string
  /** Says what an exit means, from the last lines of the log. */
  diagnose: (exit: EngineExit, logTail: string[]) => Diagnosis
}

/** Returns the arguments of a configuration; parameters are looked up in the engine's catalogue. */
export function configurationArgs(engine: Engine, configuration: Configuration): string[] {
  return Object.entries(configuration)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, value]) => {
      const parameter = engine.parameters.find((known) => known.name === name)
      if (parameter === undefined) throw new RangeError(`${engine.title} has no parameter "${name}"`)
      if (parameter.form === 'value') return [parameter.flag, String(value)]
      // Some switches have no --no- form; left out, they are at their default.
      if (value === parameter.default) return []
      return [value === true ? parameter.flag : parameter.flag.replace(/^--/, '--no-')]
    })
}

/** Writes a command for a POSIX shell, each argument quoted where it needs to be. */
export function shellCommand(command: string[]): string {
  return command
    .map((part) => (/^[\w@%+=:,./-]+$/.test(part) ? part : `'${part.replaceAll("'", `'\\''`)}'`))
    .join(' ')
}
