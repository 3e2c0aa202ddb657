import { InvalidArgumentError, type Command } from 'commander'
import { unwrap, unwrapEmpty } from '../client/client.ts'
import { commandContext, output } from './context.ts'
import { CommandFailure } from './failure.ts'
import { table } from './format.ts'

interface QuotaOptions {
  devices?: Limit
  runningTunings?: Limit
}

/** Adds the commands about projects, which share tunings among their members and have quotas. */
export function addProjectCommands(program: Command, signal: AbortSignal): void {
  const project = program.command('project').description('projects, which share tunings and have quotas')

  project
    .command('list')
    .description('list the projects that you are in')
    .action(async (_options: object, command: Command) => {
      const { client, baseUrl, json } = await commandContext(command, signal)
      const { projects } = await unwrap(baseUrl, client.GET('/api/v1/projects'))
      output(json, projects, () =>
        table(
          ['name', 'devices', 'running tunings', 'members'],
          projects.map(({ name, held, devices, running, runningTunings, members }) => [
            name,
            ofQuota(held, devices),
            ofQuota(running, runningTunings),
            name === 'default' ? 'everybody' : members.join(', '),
          ]),
        ),
      )
    })

  withQuotas(project.command('create <name>').description('create a project')).action(
    async (name: string, { devices, runningTunings }: QuotaOptions, command: Command) => {
      const { client, baseUrl, json } = await commandContext(command, signal)
      const body = { name, devices: quota(devices), runningTunings: quota(runningTunings) }
      await unwrapEmpty(baseUrl, client.POST('/api/v1/projects', { body }))
      output(json, { name }, () => `created ${name}`)
    },
  )

  withQuotas(project.command('quota <name>').description('set what a project may have at a time')).action(
    async (name: string, { devices, runningTunings }: QuotaOptions, command: Command) => {
      if (devices === undefined && runningTunings === undefined)
        throw new CommandFailure(
          'say which quota: --running-tunings <n>, --devices <n> or both; none is no limit',
        )
      const { client, baseUrl, json } = await commandContext(command, signal)
      const body = { devices: quota(devices), runningTunings: quota(runningTunings) }
      const params = { path: { name } }
      await unwrapEmpty(baseUrl, client.POST('/api/v1/projects/{name}/quotas', { params, body }))
      output(json, { name, ...body }, () => `set the quotas of ${name}`)
    },
  )

  project
    .command('add <name> <user>')
    .description('take a user into a project')
    .action(async (name: string, user: string, _options: object, command: Command) => {
      const { client, baseUrl, json } = await commandContext(command, signal)
      const params = { path: { name } }
      await unwrapEmpty(baseUrl, client.POST('/api/v1/projects/{name}/members', { params, body: { user } }))
      output(json, { name, user }, () => `${user} is in ${name} now`)
    })

  project
    .command('remove <name> <user>')
    .description('take a user out of a project; the tunings stay in it')
    .action(async (name: string, user: string, _options: object, command: Command) => {
      const { client, baseUrl, json } = await commandContext(command, signal)
      const params = { path: { name, user } }
      await unwrapEmpty(baseUrl, client.DELETE('/api/v1/projects/{name}/members/{user}', { params }))
      output(json, { name, user }, () => `${user} is out of ${name} now`)
    })

  project
    .command('delete <name>')
    .description('delete a project without tunings and schedules')
    .action(async (name: string, _options: object, command: Command) => {
      const { client, baseUrl, json } = await commandContext(command, signal)
      await unwrapEmpty(baseUrl, client.DELETE('/api/v1/projects/{name}', { params: { path: { name } } }))
      output(json, { deleted: name }, () => `deleted ${name}`)
    })
}

function withQuotas(command: Command): Command {
  return command
    .option(
      '--devices <n>',
      'devices that its experiments may hold at a time, or none for no limit',
      readLimit,
    )
    .option(
      '--running-tunings <n>',
      'tunings that may run at a time, paused ones left out, or none for no limit',
      readLimit,
    )
}

type Limit = number | 'none'

function readLimit(text: string): Limit {
  if (text === 'none') return text
  if (/^\d+$/.test(text)) return Number(text)
  throw new InvalidArgumentError(`expected a number or none, got ${text}`)
}

/** No limit is null to the API, which the parser of options would take for an option without a value. */
function quota(limit: Limit | undefined): number | null | undefined {
  return limit === 'none' ? null : limit
}

function ofQuota(used: number, quota: number | null): string {
  return quota === null ? `${used}` : `${used} of ${quota}`
}
