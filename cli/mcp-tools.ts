import { z } from 'zod'
import { actOnTuning, unwrap, type RedlineClient } from '../client/client.ts'
import { ACTIONS } from '../domain/action.ts'
import { ACTION_NAMES, type ActionName } from '../domain/action-rules.ts'
import { TuningRequest, TuningState } from '../domain/tuning.ts'
import { check } from '../domain/validation.ts'
import { CommandFailure } from './failure.ts'
import { fetchFile } from './fetch-file.ts'

/** Where the tools find the API. */
interface Api {
  client: RedlineClient
  baseUrl: string
  /** What is started belongs to it, unless another is named. */
  project: string
  /** Ends requests that the client does not make. */
  signal?: AbortSignal
}

/** Something that an assistant can do with Redline. */
interface Tool {
  name: string
  description: string
  input: z.ZodType
  changes: boolean
  /** Does it with arguments that are not checked yet; returns what the API answers. */
  call: (given: unknown) => Promise<unknown>
}

const Id = z.strictObject({ id: z.string().meta({ description: 'The id of the tuning.' }) })
const Request = z.strictObject({ request: TuningRequest, project: z.string().optional() })
const Asked = {
  ...Id.shape,
  reason: z.string().max(500).optional().meta({ description: 'Kept with the event.' }),
}

const ACTION_WORDS: Record<ActionName, string> = {
  pause: 'Pause a tuning: no experiment is started until it is resumed.',
  resume: 'Resume a tuning that is paused, was cancelled or has failed.',
  cancel: 'Cancel a tuning: its experiments are stopped, results are kept.',
  finish: 'End the search of a tuning now: the best so far is confirmed and reported.',
  extend: 'Extend the budget of a tuning, also of a finished one.',
  add: 'Try a configuration of your own in a tuning.',
  rerun: 'Run an experiment again, in place of the first try.',
  exclude: 'Take an experiment out of the competition, or in again.',
  adjust: 'Change priority or parallelism of a tuning.',
}

function actionInput(name: ActionName): z.ZodType<{ id: string } & Record<string, unknown>> {
  return ACTIONS[name].safeExtend(Asked)
}

/** Returns the tools; each is an operation of the API, and what it takes is the API's own schema. */
export function mcpTools({ client, baseUrl, project: start, signal }: Api): Tool[] {
  const ask = <Data>(call: Promise<{ data?: Data; error?: unknown; response: Response }>) =>
    unwrap(baseUrl, call)
  const at = ({ id }: z.infer<typeof Id>) => ({ params: { path: { id } } })

  return [
    tool({
      name: 'list_tunings',
      description: 'List tunings, the newest first.',
      input: z.strictObject({
        state: TuningState.optional(),
        search: z.string().max(200).optional().meta({ description: 'Part of the name.' }),
        project: z.string().optional(),
        limit: z.int().min(1).max(200).default(20),
      }),
      run: (query) => ask(client.GET('/api/v1/tunings', { params: { query } })),
    }),
    tool({
      name: 'show_tuning',
      description: 'Show a tuning: its state, its experiments in brief, and its report when it is finished.',
      input: Id,
      run: (given) => ask(client.GET('/api/v1/tunings/{id}/overview', at(given))),
    }),
    tool({
      name: 'check_tuning',
      description:
        'Say whether a request is right and what it would come to (experiments, time, command), without starting it.',
      input: Request,
      run: ({ request: body, project = start }) =>
        ask(client.POST('/api/v1/tunings/check', { body, params: { query: { project } } })),
    }),
    tool({
      name: 'start_tuning',
      description: 'Start a tuning: it occupies devices, often for hours. Check the request first.',
      input: Request,
      changes: true,
      run: ({ request: body, project = start }) =>
        ask(client.POST('/api/v1/tunings', { body, params: { query: { project } } })),
    }),
    ...ACTION_NAMES.map((name) =>
      tool({
        name: `${name}_tuning`,
        description: ACTION_WORDS[name],
        input: actionInput(name),
        changes: true,
        run: ({ id, ...given }) => actOnTuning({ client, baseUrl }, id, name, { ...given, by: 'mcp' }),
      }),
    ),
    tool({
      name: 'list_experiments',
      description: 'List the experiments of a tuning with configurations, results and diagnoses.',
      input: Id,
      run: (given) => ask(client.GET('/api/v1/tunings/{id}/experiments', at(given))),
    }),
    tool({
      name: 'show_experiment',
      description: 'Show one experiment with all that was measured.',
      input: Id.extend({ number: z.int32().min(0) }),
      run: (path) => ask(client.GET('/api/v1/tunings/{id}/experiments/{number}', { params: { path } })),
    }),
    tool({
      name: 'read_report',
      description:
        'Read the report of a finished tuning as Markdown: what to deploy, what it gains, how sure it is.',
      input: Id,
      run: async ({ id }) =>
        (await fetchFile(baseUrl, `tunings/${encodeURIComponent(id)}/report.md`, signal)).toString(),
    }),
    tool({
      name: 'read_insight',
      description: 'Read which parameters matter, how they act, where failures are to be expected.',
      input: Id,
      run: (given) => ask(client.GET('/api/v1/tunings/{id}/insight', at(given))),
    }),
    tool({
      name: 'list_hosts',
      description: 'List hosts with their devices and engines, who holds devices, and who waits.',
      input: z.strictObject({}),
      run: () => ask(client.GET('/api/v1/hosts')),
    }),
    tool({
      name: 'show_engine',
      description: 'Show an engine: the parameters that a space can name, and its presets.',
      input: z.strictObject({ kind: z.string().meta({ examples: ['llama.cpp', 'vllm', 'sglang'] }) }),
      run: (path) => ask(client.GET('/api/v1/engines/{kind}', { params: { path } })),
    }),
  ]
}

function tool<Input extends z.ZodType>({
  run,
  changes = false,
  ...rest
}: Pick<Tool, 'name' | 'description'> & {
  input: Input
  changes?: boolean
  run: (given: z.infer<Input>) => Promise<unknown>
}): Tool {
  return {
    ...rest,
    changes,
    async call(given) {
      const { data, errors } = check(rest.input, given)
      if (errors === null) return run(data)
      throw new CommandFailure(errors.map(({ pointer, message }) => `${pointer}: ${message}`).join('\n'))
    },
  }
}
