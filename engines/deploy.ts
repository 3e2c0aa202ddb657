import type { ExperimentConditions } from '../domain/experiment.ts'
import type { Configuration } from '../domain/parameter.ts'
import type { TuningSpec } from '../domain/tuning.ts'
import { shellCommand } from '../domain/shell-command.ts'
import { configurationCommand } from './command.ts'
import { ENGINES } from './index.ts'
import { configurationVariable } from './program.ts'

/** The port of a command line to deploy; the one of the experiment was picked at random. */
export const DEPLOY_PORT = 8080

/** Writes the command line that starts an engine as an experiment did, on port 8080; null for one that nobody starts. */
export function deployCommand(
  kind: TuningSpec['engine']['kind'],
  configuration: Configuration,
  { model, command }: Pick<ExperimentConditions, 'model' | 'command'>,
): string | null {
  if (kind === 'command')
    return command.length === 0 ? null : shellCommand(command, configurationVariable(configuration))
  const engine = ENGINES[kind]
  const [program = engine.program] = command
  if (program === null) return null
  const { env } = configurationCommand(engine, configuration)
  const args = engine.args({ model, host: '127.0.0.1', port: DEPLOY_PORT, configuration })
  return shellCommand([program, ...args], env)
}
