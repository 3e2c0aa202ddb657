import type { Command } from 'commander'
import { readFile } from 'node:fs/promises'
import { parseDocument } from 'yaml'
import {
  ApiError,
  asText,
  unwrap,
  unwrapEmpty,
  type Experiment,
  type Tuning,
  type TuningSpec,
} from '../client/client.ts'
import { configurationText } from '../domain/configuration-text.ts'
import { figure } from '../domain/figures.ts'
import { cannotRead } from '../domain/file-failures.ts'
import { gainSoFar } from '../domain/outcomes.ts'
import { runsAlready } from '../domain/runtime.ts'
import { expectedRuns } from '../domain/tuning.ts'
import { isFinished } from '../domain/tuning-state.ts'
import { commandContext, output, PROJECT_OPTION, type CommandContext } from './context.ts'
import { CommandFailure } from './failure.ts'
import { colour, span, table } from './format.ts'
import { insightText } from './insight-text.ts'
import { readExperiment, readNumber } from './read-number.ts'
import { OF_BEFORE, reportText } from './report-text.ts'
import { watchTuning } from './watch.ts'

interface ListOptions {
  state?: string
  search?: string
  project?: string
  deleted?: boolean
  limit: string
}

/** Adds the commands that ask a running service over HTTP. */
export function addTuningCommands(program: Command, signal: AbortSignal): void {
  program
    .command('tune <file>')
    .description('start a tuning from a YAML or JSON file')
    .option('--watch', 'follow it and print its report at the end')
    .option('--check', 'only say whether the file is right and what it would take')
    .option('--key <text>', 'idempotency key: the same key of yours in the project starts nothing twice')
    .option(...PROJECT_OPTION)
    .action(
      async (file: string, options: { watch?: boolean; check?: boolean; key?: string }, command: Command) => {
        const context = await commandContext(command, signal)
        const body = await readSpec(file)
        if (options.check === true) return check(context, body)
        const { client, baseUrl, json, project } = context
        const header = options.key === undefined ? {} : { 'idempotency-key': options.key }
        const params = { header, query: { project } }
        const tuning = await unwrap(baseUrl, client.POST('/api/v1/tunings', { body, params }))
        if (options.watch !== true)
          return output(json, tuning, () => `${tuning.id}  ${tuning.name}\n${baseUrl}/tunings/${tuning.id}`)
        if (!json) process.stderr.write(`${tuning.id}  ${tuning.name}  ${baseUrl}/tunings/${tuning.id}\n`)
        await watchToEnd(context, tuning.id)
      },
    )

  program
    .command('list')
    .description('list tunings')
    .option('--state <states>', 'only these states, separated by commas')
    .option('--search <text>', 'only names that contain it')
    .option('--project <name>', 'only tunings of this project')
    .option('--deleted', 'those that were deleted and can be undeleted')
    .option('--limit <n>', 'at most so many', '50')
    .action(async ({ state, search, project, deleted, limit }: ListOptions, command: Command) => {
      const { client, baseUrl, json } = await commandContext(command, signal)
      const query = {
        ...{ state, search, project, limit: readNumber('--limit', limit) },
        ...(deleted === true ? { deleted: 'true' as const } : {}),
      }
      const { tunings } = await unwrap(baseUrl, client.GET('/api/v1/tunings', { params: { query } }))
      output(json, tunings, () => (tunings.length === 0 ? 'no tunings' : tuningTable(tunings)))
    })

  program
    .command('show <id>')
    .description('show a tuning: state, experiments, report')
    .action(async (id: string, _options: object, command: Command) => {
      const { client, baseUrl, json } = await commandContext(command, signal)
      const path = { path: { id } }
      const tuning = await unwrap(baseUrl, client.GET('/api/v1/tunings/{id}', { params: path }))
      const { experiments } = await unwrap(
        baseUrl,
        client.GET('/api/v1/tunings/{id}/experiments', { params: path }),
      )
      const report = await unwrap(baseUrl, client.GET('/api/v1/tunings/{id}/report', { params: path })).catch(
        missing,
      )
      output(json, { tuning, experiments, report }, () =>
        [
          tuningTable([tuning]),
          experimentTable(experiments),
          ...(report === null ? [] : [isFinished(tuning.state) ? '' : OF_BEFORE, reportText(report)]),
        ]
          .filter((part) => part !== '')
          .join('\n\n'),
      )
    })

  program
    .command('insight <id>')
    .description(
      'what the experiments so far tell: importance, effects, failures, what looser limits would buy',
    )
    .action(async (id: string, _options: object, command: Command) => {
      const { client, baseUrl, json } = await commandContext(command, signal)
      const path = { path: { id } }
      const insight = await unwrap(baseUrl, client.GET('/api/v1/tunings/{id}/insight', { params: path }))
      output(json, insight, () => insightText(insight))
    })

  program
    .command('watch <id>')
    .description('follow a tuning until it is finished')
    .action(async (id: string, _options: object, command: Command) => {
      await watchToEnd(await commandContext(command, signal), id)
    })

  program
    .command('delete <id>')
    .description('delete a finished tuning; `redline undelete` brings it back for some days')
    .action(async (id: string, _options: object, command: Command) => {
      const { client, baseUrl, json } = await commandContext(command, signal)
      const path = { path: { id } }
      await unwrapEmpty(baseUrl, client.DELETE('/api/v1/tunings/{id}', { params: path }))
      output(json, { deleted: id }, () => `deleted ${id}; \`redline undelete ${id}\` brings it back`)
    })

  program
    .command('undelete <id>')
    .description('bring a deleted tuning back; `redline list --deleted` shows them')
    .action(async (id: string, _options: object, command: Command) => {
      const { client, baseUrl, json } = await commandContext(command, signal)
      const tuning = await unwrap(
        baseUrl,
        client.POST('/api/v1/tunings/{id}/undelete', { params: { path: { id } } }),
      )
      output(json, tuning, () => `undeleted ${tuning.id}  ${tuning.name}`)
    })

  program
    .command('logs <id> [experiment]')
    .description("print the log of an experiment's engine, by default of the newest one")
    .action(async (id: string, experiment: string | undefined, _options: object, command: Command) => {
      const { client, baseUrl, json } = await commandContext(command, signal)
      const number =
        experiment === undefined ? (await newest(client, baseUrl, id)).number : readExperiment(experiment)
      const path = { id, number }
      const log = await unwrap(
        baseUrl,
        asText(
          client.GET('/api/v1/tunings/{id}/experiments/{number}/log', { params: { path }, parseAs: 'text' }),
        ),
      )
      output(json, { experiment: number, log }, () => log.trimEnd())
    })
}

type Client = CommandContext['client']

async function watchToEnd({ client, baseUrl, json, signal }: CommandContext, id: string): Promise<void> {
  const tuning = await watchTuning({ client, baseUrl, id, json, signal })
  const report = await unwrap(
    baseUrl,
    client.GET('/api/v1/tunings/{id}/report', { params: { path: { id } } }),
  ).catch(missing)
  if (json) process.stdout.write(`${JSON.stringify({ tuning, report })}\n`)
  else if (report !== null) process.stdout.write(`\n${reportText(report)}\n`)
  if (tuning.state !== 'completed')
    throw new CommandFailure(
      `the tuning is ${tuning.state}${tuning.message === null ? '' : `: ${tuning.message}`}`,
    )
}

async function check({ client, baseUrl, json, project }: CommandContext, body: TuningSpec): Promise<void> {
  const params = { query: { project } }
  const estimate = await unwrap(baseUrl, client.POST('/api/v1/tunings/check', { body, params }))
  output(json, estimate, () =>
    [
      'the request is right',
      `space: ${estimate.spaceSize ?? 'too many configurations to count'}`,
      `engine starts: ${estimate.runs} (baseline, ${estimate.experiments} experiments, confirmation)`,
      `expected time: ${span(new Date(0).toISOString(), new Date(estimate.durationMs).toISOString())}`,
      `device hours: at most ${figure(estimate.deviceHours)}, with up to ${estimate.mostDevices} devices at a time`,
      `baseline: ${estimate.baselineCommand ?? (runsAlready(body) ? 'runs already' : 'measured by its own program')}`,
    ].join('\n'),
  )
}

/** Reads a request from a file; whether it is right the API says. */
export async function readSpec(file: string): Promise<TuningSpec> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new CommandFailure(cannotRead(file, error))
  })
  const document = parseDocument(text)
  const [error] = document.errors
  if (error !== undefined)
    throw new CommandFailure(`${file} is neither YAML nor JSON: ${error.message.split('\n')[0]}`)
  if (document.contents === null) throw new CommandFailure(`${file} is empty: it holds no request`)
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  return document.toJS() as TuningSpec
}

function missing(error: unknown): null {
  if (error instanceof ApiError && error.problem.status === 409) return null
  throw error
}

async function newest(client: Client, baseUrl: string, id: string): Promise<Experiment> {
  const { experiments } = await unwrap(
    baseUrl,
    client.GET('/api/v1/tunings/{id}/experiments', { params: { path: { id } } }),
  )
  const last = experiments.at(-1)
  if (last === undefined) throw new CommandFailure(`tuning ${id} has no experiment yet`)
  return last
}

/** As the page and `watch` count them: of all that are expected, until it is finished. */
function runsText({ state, experiments: { completed, failed }, spec }: Tuning): string {
  const runs = completed + failed
  return isFinished(state) ? `${runs}` : `${runs}/${expectedRuns(spec)}`
}

function tuningTable(tunings: Tuning[]): string {
  // Where there is but one project it is nothing to be told of.
  const projects = new Set(tunings.map(({ project }) => project)).size > 1
  return table(
    [
      ...['id', 'name', ...(projects ? ['project'] : []), 'state', 'phase', 'experiments', 'failed'],
      ...['best', 'gain', 'age', 'took'],
    ],
    tunings.map((tuning) => {
      const { id, name, project, state, phase, experiments, best } = tuning
      const gain = gainSoFar(tuning)
      return [
        ...[id, name, ...(projects ? [project] : []), colour.state(state), phase],
        runsText(tuning),
        String(experiments.failed),
        best === null ? '–' : `#${best.number} ${figure(best.objective)}`,
        gain === null ? '–' : `x${gain.toFixed(2)}${tuning.verdict === 'not_settled' ? ' not settled' : ''}`,
        span(tuning.createdAt, null),
        span(tuning.startedAt, tuning.finishedAt),
      ]
    }),
  )
}

function experimentTable(experiments: Experiment[]): string {
  return table(
    ['#', 'kind', 'state', 'objective', 'feasible', 'took', 'configuration'],
    experiments.map((experiment) => [
      String(experiment.number),
      experiment.role === null ? experiment.kind : `${experiment.kind} (${experiment.role})`,
      colour.state(experiment.state === 'running' ? experiment.stage : experiment.state),
      figure(experiment.objective),
      experiment.feasible === null ? '–' : experiment.feasible ? 'yes' : 'no',
      span(experiment.startedAt, experiment.finishedAt),
      experiment.result?.status === 'failed'
        ? colour.bad(experiment.result.diagnosis.summary)
        : configurationText(experiment.configuration),
    ]),
    [0, 3],
  )
}
