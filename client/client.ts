import createClient from 'openapi-fetch'
import type { components, paths } from './schema.ts'

export type Schemas = components['schemas']
export type Tuning = Schemas['Tuning']
export type Experiment = Schemas['Experiment']
export type ExperimentBrief = Schemas['ExperimentBrief']
export type Report = Schemas['Report']
export type Insight = Schemas['Insight']
export type Problem = Schemas['Problem']
export type TuningEvent = Schemas['TuningEvent']
export type LiveEvent = Schemas['LiveEvent']
export type LiveFigures = Extract<LiveEvent, { type: 'experiment.live' }>['figures']
/** A tuning as it is asked for: what has a default may be left out. */
export type TuningSpec = Schemas['TuningRequest']

export type ActionResult = Schemas['ActionResult']
export type Fleet = Schemas['Fleet']
export type Schedule = Schemas['Schedule']
export type ScheduleRun = Schemas['ScheduleRun']

/** The API as a typed client. */
export type RedlineClient = ReturnType<typeof createRedlineClient>

/**
 * Creates a client; `baseUrl` is empty in a browser that got the page from the API itself. The signal, of all requests,
 * goes before that of a single one.
 */
export function createRedlineClient(baseUrl: string, signal?: AbortSignal) {
  return createClient<paths>({
    baseUrl,
    fetch: (request) => fetchAuthorized(request, signal === undefined ? undefined : { signal }),
  })
}

let token: string | undefined

/** Sends a token with every request of this process from now on; a browser needs none, it has its cookie. */
export function useToken(given: string | undefined): void {
  token = given
}

/** Fetches with the token that was given. */
export function fetchAuthorized(input: Request | string | URL, init?: RequestInit): Promise<Response> {
  if (token === undefined) return fetch(input, init)
  const request = new Request(input, init)
  request.headers.set('Authorization', `Bearer ${token}`)
  return fetch(request)
}

/** An answer of the API that is a problem: what is wrong and where. */
export class ApiError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
  }
}

/** Returns the data of an answer; throws {@link ApiError} for a problem, and an error that says so without an answer. */
export async function unwrap<Data>(
  baseUrl: string,
  call: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Data> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    throw new Error(`no answer from ${baseUrl || 'the server'}: is the service running?`, { cause })
  })
  if (response.ok && data !== undefined) return data
  throw new ApiError(isProblem(error) ? error : unknownProblem(response))
}

/** Makes of an empty answer, which counts as none, the empty text that it is. */
export async function asText<Answer extends { data?: string; response: Response }>(
  call: Promise<Answer>,
): Promise<Answer> {
  const answer = await call
  return answer.response.ok ? { ...answer, data: answer.data ?? '' } : answer
}

/** Takes an answer that has no content; throws as {@link unwrap} does. */
export async function unwrapEmpty(
  baseUrl: string,
  call: Promise<{ error?: unknown; response: Response }>,
): Promise<void> {
  await unwrap(
    baseUrl,
    call.then(({ error, response }) => ({ data: response.ok ? true : undefined, error, response })),
  )
}

/** What can be asked of a tuning: each is an operation of the API with arguments of its own. */
export type ActionName =
  'pause' | 'resume' | 'cancel' | 'finish' | 'extend' | 'add' | 'rerun' | 'exclude' | 'adjust'

/** Asks for an action on a tuning; `body` holds its arguments, who asks (`by`) and why (`reason`), and the API checks it. */
export async function actOnTuning(
  { client, baseUrl }: { client: RedlineClient; baseUrl: string },
  id: string,
  action: ActionName,
  body: Record<string, unknown>,
): Promise<ActionResult> {
  // All actions have the same path parameter and answer: one stands for all in the types.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  const path = `/api/v1/tunings/{id}/${action}` as '/api/v1/tunings/{id}/resume'
  return unwrap(baseUrl, client.POST(path, { params: { path: { id } }, body }))
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'detail' in value && 'status' in value
}

function unknownProblem({ status, statusText, url }: Response): Problem {
  return { type: 'about:blank', title: statusText, status, detail: `${url} answered ${status} ${statusText}` }
}
