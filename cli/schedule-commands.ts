import { InvalidArgumentError, type Command } from 'commander'
import { unwrap, unwrapEmpty, type Schedule, type ScheduleRun, type Schemas } from '../client/client.ts'
import { figure } from '../domain/figures.ts'
import { commandContext, output, PROJECT_OPTION } from './context.ts'
import { CommandFailure } from './failure.ts'
import { colour, span, table } from './format.ts'
import { readSpec } from './tuning-commands.ts'

const OVERLAPS = ['skip', 'buffer_one', 'allow_all', 'cancel_other'] as const

interface CreateOptions {
  name?: string
  cron?: string[]
  every?: string
  timeZone?: string
  overlap?: (typeof OVERLAPS)[number]
  catchUp?: string
  paused?: boolean
}

/** Adds the commands about schedules of recurring tunings. */
export function addScheduleCommands(program: Command, signal: AbortSignal): void {
  const schedule = program.command('schedule').description('tunings that recur')

  schedule
    .command('create <file>')
    .description('run the tuning of a YAML or JSON file again and again')
    .option('--cron <expression>', 'such as "0 3 * * *"; may be given again', (text, all: string[] = []) => [
      ...all,
      text,
    ])
    .option('--every <duration>', 'in place of --cron, such as 1h')
    .option('--time-zone <name>', 'of the cron expressions, such as Europe/Zurich')
    .option('--overlap <policy>', `when the run before is not over: ${OVERLAPS.join(', ')}`, readOverlap)
    .option(
      '--catch-up <duration>',
      'make up for times missed while the service was down, no longer ago than',
    )
    .option('--name <name>', 'by default that of the tuning')
    .option('--paused', 'start nothing until it is resumed')
    .option(...PROJECT_OPTION)
    .action(async (file: string, options: CreateOptions, command: Command) => {
      const { client, baseUrl, json, project } = await commandContext(command, signal)
      const tuning = await readSpec(file)
      const { timeZone, overlap, catchUp, paused } = options
      const body: Schemas['ScheduleRequest'] = {
        name: options.name ?? tuning.name,
        tuning,
        timing: readTiming(options),
        ...(timeZone === undefined ? {} : { timeZone }),
        ...(overlap === undefined ? {} : { overlap }),
        ...(catchUp === undefined ? {} : { catchupWindow: catchUp }),
        ...(paused === true ? { paused } : {}),
      }
      const created = await unwrap(
        baseUrl,
        client.POST('/api/v1/schedules', { body, params: { query: { project } } }),
      )
      output(json, created, () => scheduleTable([created]))
    })

  schedule
    .command('list')
    .description('list schedules')
    .action(async (_options: object, command: Command) => {
      const { client, baseUrl, json } = await commandContext(command, signal)
      const { schedules } = await unwrap(baseUrl, client.GET('/api/v1/schedules'))
      output(json, schedules, () => (schedules.length === 0 ? 'no schedules' : scheduleTable(schedules)))
    })

  schedule
    .command('show <id>')
    .description('show a schedule with its runs, each compared with the one before')
    .action(async (id: string, _options: object, command: Command) => {
      const { client, baseUrl, json } = await commandContext(command, signal)
      const path = { path: { id } }
      const found = await unwrap(baseUrl, client.GET('/api/v1/schedules/{id}', { params: path }))
      output(json, found, () => `${scheduleTable([found.schedule])}\n\n${runTable(found.runs)}`)
    })

  for (const [operation, description] of [
    ['pause', 'start nothing until it is resumed'],
    ['resume', 'end a pause'],
    ['run', 'run now, besides the times of the schedule'],
  ] as const) {
    schedule
      .command(`${operation} <id>`)
      .description(description)
      .action(async (id: string, _options: object, command: Command) => {
        const { client, baseUrl, json } = await commandContext(command, signal)
        const path = { path: { id } }
        const changed = await unwrap(
          baseUrl,
          client.POST(`/api/v1/schedules/{id}/${operation}`, { params: path }),
        )
        output(json, changed, () => scheduleTable([changed]))
      })
  }

  schedule
    .command('delete <id>')
    .description('delete a schedule; its tunings stay')
    .action(async (id: string, _options: object, command: Command) => {
      const { client, baseUrl, json } = await commandContext(command, signal)
      const path = { path: { id } }
      await unwrapEmpty(baseUrl, client.DELETE('/api/v1/schedules/{id}', { params: path }))
      output(json, { deleted: id }, () => `deleted ${id}`)
    })
}

function readTiming({ cron, every }: CreateOptions): Schedule['timing'] {
  if (cron !== undefined && every === undefined) return { cron }
  if (every !== undefined && cron === undefined) return { every }
  throw new CommandFailure('say when: either --cron "0 3 * * *" or --every 1h')
}

function readOverlap(text: string): (typeof OVERLAPS)[number] {
  const known = OVERLAPS.find((policy) => policy === text)
  if (known === undefined) throw new InvalidArgumentError(`expected one of ${OVERLAPS.join(', ')}`)
  return known
}

function scheduleTable(schedules: Schedule[]): string {
  return table(
    ['id', 'name', 'state', 'when', 'overlap', 'next run'],
    schedules.map(({ id, name, state, timing, timeZone, overlap, nextRuns }) => [
      id,
      name,
      state === 'active' ? colour.good(state) : state === 'missing' ? colour.bad(state) : state,
      'every' in timing
        ? `every ${timing.every}`
        : `${'cron' in timing ? timing.cron.join(' | ') : 'calendar'} ${timeZone}`,
      overlap,
      nextRuns[0] ?? '–',
    ]),
  )
}

function runTable(runs: ScheduleRun[]): string {
  if (runs.length === 0) return 'no runs yet'
  return table(
    ['tuning', 'started', 'took', 'state', 'best', 'objective', 'against the run before'],
    runs.map(({ tuningId, createdAt, finishedAt, state, best, comparison }) => [
      tuningId,
      createdAt,
      span(createdAt, finishedAt),
      colour.state(state),
      best === null ? '–' : `#${best.number}`,
      figure(best?.objective),
      comparison === null ? '' : comparisonText(comparison),
    ]),
    [4, 5],
  )
}

function comparisonText({ verdict, ratio, low, high, sameConfiguration }: Schemas['RunComparison']): string {
  const words = verdict.replace('_', ' ')
  const shown = verdict === 'regression' ? colour.bad(words) : verdict === 'gain' ? colour.good(words) : words
  const interval = low === null || high === null ? '' : ` [${figure(low)}, ${figure(high)}]`
  const change = ratio === null ? '' : ` ×${figure(ratio)}${interval}`
  return `${shown}${change}${sameConfiguration === false ? ', another configuration' : ''}`
}
