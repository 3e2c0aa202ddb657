import type { ExperimentConditions } from '../domain/experiment.ts'
import type { Configuration } from '../domain/parameter.ts'
import { shellCommand } from './engine.ts'
import { ENGINES } from './index.ts'

/** The port of a command line to deploy; the one of the experiment was picked at random. */
const DEPLOY_PORT = 8080

/** Writes the command line that starts an engine as an experiment did, on the engine's usual port. */
export function deployCommand(
  kind: keyof typeof ENGINES,
  configuration: Configuration,
  { model, command }: ExperimentConditions,
): string {
  const engine = ENGINES[kind]
  const [program = engine.program] = command
  return shellCommand([
    program,
    ...engine.args({ model, host: '127.0.0.1', port: DEPLOY_PORT, configuration }),
  ])
}
