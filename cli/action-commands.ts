import type { Command } from 'commander'
import { userInfo } from 'node:os'
import { actOnTuning, type ActionName } from '../client/client.ts'
import { readConfiguration } from '../domain/configuration-text.ts'
import { messageOf } from '../domain/message-of.ts'
import type { Configuration } from '../domain/parameter.ts'
import { commandContext, output } from './context.ts'
import { CommandFailure } from './failure.ts'
import { colour } from './format.ts'
import { readExperiment, readNumber } from './read-number.ts'

interface Asked {
  reason?: string
}

/** Adds the commands that change a tuning while it runs, or open a finished one again. */
export function addActionCommands(program: Command, signal: AbortSignal): void {
  /** Asks for an action, in the name of who runs the command, and says what it came to. */
  async function act(
    command: Command,
    id: string,
    action: ActionName,
    given: Record<string, unknown>,
    { reason }: Asked,
  ): Promise<void> {
    const context = await commandContext(command, signal)
    const body = { ...given, by: `cli:${userInfo().username}`, reason: reason ?? null }
    const { tuning, experiment } = await actOnTuning(context, id, action, body)
    output(context.json, { tuning, experiment }, () => {
      const planned = experiment === null ? '' : `  experiment ${experiment}`
      return `${tuning.id}  ${colour.state(tuning.state)}${planned}`
    })
  }

  const actionCommand = (usage: string, description: string) =>
    program.command(usage).description(description).option('--reason <text>', 'kept with the event')

  for (const [action, description] of [
    ['pause', 'start no more experiments'],
    ['finish', 'end the search now: confirm the best so far and report'],
  ] as const) {
    actionCommand(`${action} <id>`, description)
      .option('--abandon', 'stop running experiments too, to be tried again later')
      .action((id: string, options: Asked & { abandon?: boolean }, command: Command) =>
        act(command, id, action, { running: options.abandon === true ? 'abandon' : 'finish' }, options),
      )
  }
  for (const [action, description] of [
    ['resume', 'go on with a tuning that is paused, was cancelled or has failed'],
    ['cancel', 'stop a tuning and keep its results'],
  ] as const) {
    actionCommand(`${action} <id>`, description).action((id: string, options: Asked, command: Command) =>
      act(command, id, action, {}, options),
    )
  }

  actionCommand('extend <id>', 'give a tuning a larger budget, also a finished one')
    .option('--experiments <n>', 'so many more experiments')
    .option('--time <duration>', 'so much more time, such as 2h')
    .action((id: string, options: Asked & { experiments?: string; time?: string }, command: Command) =>
      act(command, id, 'extend', { ...numbered(options, 'experiments'), ...given(options, 'time') }, options),
    )

  actionCommand('add <id> <name=value...>', 'try a configuration of your own').action(
    (id: string, pairs: string[], options: Asked, command: Command) =>
      act(command, id, 'add', { configuration: configurationOf(pairs) }, options),
  )

  actionCommand('rerun <id> <experiment>', 'run an experiment again, in place of the first try').action(
    (id: string, experiment: string, options: Asked, command: Command) =>
      act(command, id, 'rerun', { experiment: readExperiment(experiment) }, options),
  )

  for (const [name, excluded, description] of [
    ['exclude', true, 'take an experiment out of the competition'],
    ['include', false, 'take an excluded experiment in again'],
  ] as const) {
    actionCommand(`${name} <id> <experiment>`, description).action(
      (id: string, experiment: string, options: Asked, command: Command) =>
        act(command, id, 'exclude', { experiment: readExperiment(experiment), excluded }, options),
    )
  }

  actionCommand('adjust <id>', 'change priority or parallelism of a tuning that runs')
    .option('--priority <n>', 'higher gets devices first')
    .option('--parallelism <n>', 'experiments at the same time')
    .action((id: string, options: Asked & { priority?: string; parallelism?: string }, command: Command) =>
      act(
        command,
        id,
        'adjust',
        { ...numbered(options, 'priority'), ...numbered(options, 'parallelism') },
        options,
      ),
    )
}

function given<Name extends string>(
  options: Partial<Record<Name, string>>,
  name: Name,
): Record<string, string> {
  const value = options[name]
  return value === undefined ? {} : { [name]: value }
}

function numbered<Name extends string>(
  options: Partial<Record<Name, string>>,
  name: Name,
): Record<string, number> {
  const value = options[name]
  return value === undefined ? {} : { [name]: readNumber(`--${name}`, value) }
}

/** Reads name=value pairs; numbers and true or false become what they look like. */
function configurationOf(pairs: string[]): Configuration {
  try {
    return readConfiguration(pairs)
  } catch (error) {
    throw new CommandFailure(messageOf(error))
  }
}
