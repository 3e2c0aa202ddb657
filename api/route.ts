import type { Request, Response, Router } from 'express'
import type { z } from 'zod'
import type { Role } from '../domain/access.ts'
import { check } from '../domain/validation.ts'
import { sendJson, type Subject } from './answer.ts'
import { requireRole } from './access/identity.ts'
import type { Principal } from './access/principal.ts'
import type { EventHub } from './event-hub.ts'
import { HttpProblem } from './problems.ts'

export interface ResponseDefinition {
  description: string
  /** The JSON it holds; leave out for an empty body. */
  schema?: z.ZodType
  /** Content other than JSON, by media type. */
  content?: Record<string, string>
  /** It may come as a file to save, named in Content-Disposition. */
  attachment?: boolean
}

interface Inputs<Params, Query, Headers, Body> {
  params: Params
  query: Query
  headers: Headers
  body: Body
  /** Who asks; nobody in particular where the route needs nothing. */
  who: Principal
}

/** What a handler answers with; `null` as body sends none. A handler that wrote the response itself returns nothing. */
export type Answer = { status: number; body: unknown; headers?: Record<string, string> } | undefined

/** One operation of the API: its schemas check what comes in and are its documentation. */
export interface Route {
  method: 'get' | 'post' | 'delete'
  path: string
  operationId: string
  tag: string
  /** What it takes to be let in; without it a viewer may read and an operator do the rest. */
  needs?: Role | 'nothing'
  summary: string
  description?: string
  params?: z.ZodObject
  /** Strict: a misspelt parameter would be taken for one that was not given. */
  query?: z.ZodObject
  headers?: z.ZodObject
  body?: z.ZodType
  /**
   * What has to change for the answer to change; without it that is not known. Of who asks it may depend on their projects
   * alone: it is given again to all who are in the same.
   */
  about?: Subject
  responses: Record<number, ResponseDefinition>
  /** Statuses of the problems that it can answer with, besides 500 and those of who may not and of what it takes. */
  problems: number[]
  run: (request: Request, response: Response) => Promise<Answer>
}

type None = z.ZodObject<Record<never, never>>

/** Defines a route; its handler gets what the schemas made of the request. */
export function route<
  Params extends z.ZodObject = None,
  Query extends z.ZodObject = None,
  Headers extends z.ZodObject = None,
  Body extends z.ZodType = z.ZodUndefined,
>(
  definition: Omit<Route, 'run' | 'params' | 'query' | 'headers' | 'body'> & {
    params?: Params
    query?: Query
    headers?: Headers
    body?: Body
    handle: (
      input: Inputs<z.infer<Params>, z.infer<Query>, z.infer<Headers>, z.infer<Body>>,
      response: Response,
    ) => Promise<Answer>
  },
): Route {
  const { handle, params, query, headers, body, ...rest } = definition
  return {
    ...rest,
    ...(params && { params }),
    ...(query && { query }),
    ...(headers && { headers }),
    ...(body && { body }),
    async run(request, response) {
      const needed = neededRole(rest)
      const who = needed === 'nothing' ? NOBODY : requireRole(request, needed)
      return handle(
        {
          params: parse(params, request.params, 'path', 404),
          query: parse(query, request.query, 'query', 400),
          headers: parse(headers, request.headers, 'header', 400),
          body: parse(body, request.body, 'body', 422),
          who,
        },
        response,
      )
    },
  }
}

/** Who asks where that does not matter. */
const NOBODY: Principal = { name: 'nobody', role: 'viewer', projects: [], by: 'session', expiresAt: null }

/** Returns what it takes to be let in. */
export function neededRole({ needs, method }: Pick<Route, 'needs' | 'method'>): Role | 'nothing' {
  return needs ?? (method === 'get' ? 'viewer' : 'operator')
}

function parse<Schema extends z.ZodType>(
  schema: Schema | undefined,
  value: unknown,
  where: string,
  status: number,
): z.infer<Schema> {
  // Without a schema nothing is typed to be there, so nothing is read from it.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  if (schema === undefined) return undefined as z.infer<Schema>
  const { data, errors } = check(schema, value)
  if (errors === null) return data
  const [first] = errors
  throw new HttpProblem(status, `${where}${first?.pointer ?? ''}: ${first?.message ?? 'not valid'}`, errors)
}

/** What came of a request: its status, and the body that answers it where it was not refused. */
export type Outcome = { status: number; body?: unknown }

/**
 * Adds routes to a router; a known path with another method answers 405. `before` may refuse a request, `onEnd` hears of
 * what was done and of what was refused.
 */
export function mount(
  router: Router,
  routes: Route[],
  hub: EventHub,
  {
    before,
    onEnd,
  }: {
    before: (route: Route, request: Request) => Promise<void>
    onEnd: (route: Route, request: Request, outcome: Outcome) => Promise<void>
  },
): void {
  for (const known of routes) {
    const { method, path, run, about: subject } = known
    router[method](path, async (request, response) => {
      const heardBefore = hub.answers.heard
      let answer: Answer
      try {
        await before(known, request)
        answer = await run(request, response)
      } catch (error) {
        if (error instanceof HttpProblem) await onEnd(known, request, { status: error.status })
        throw error
      }
      await onEnd(known, request, answer ?? { status: response.statusCode })
      if (answer === undefined) return
      response.status(answer.status).set(answer.headers ?? {})
      if (answer.body === null) response.end()
      else sendJson(response, answer.body, subject && { subject, hub, heardBefore })
    })
  }
  for (const path of new Set(routes.map((known) => known.path))) {
    router.all(path, (request, response) => {
      const allowed = routes.filter((known) => known.path === path).map(({ method }) => method.toUpperCase())
      response.set('Allow', allowed.join(', '))
      throw new HttpProblem(405, `${request.method} is not possible here; allowed: ${allowed.join(', ')}`)
    })
  }
}
