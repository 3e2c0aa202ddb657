import type { ErrorRequestHandler, Response } from 'express'
import type { Logger } from 'pino'
import type { Problem, ProblemError } from '../domain/problem.ts'

const TITLES: Record<number, string> = {
  400: 'Bad request',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Body too large',
  415: 'Unsupported media type',
  422: 'Invalid request',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Not available',
}

/** An error with its HTTP status, told to the client as problem+json (RFC 9457). */
export class HttpProblem extends Error {
  readonly status: number
  readonly errors: ProblemError[] | undefined

  constructor(status: number, detail: string, errors?: ProblemError[]) {
    super(detail)
    this.status = status
    this.errors = errors
  }
}

export function sendProblem(response: Response, { status, message, errors }: HttpProblem): void {
  const problem: Problem = {
    type: 'about:blank',
    title: TITLES[status] ?? 'Error',
    status,
    detail: message,
    instance: response.req.originalUrl,
    ...(errors === undefined ? {} : { errors }),
  }
  response.status(status).type('application/problem+json').send(JSON.stringify(problem))
}

/** Turns whatever a handler throws into a problem; what we did not expect is logged and told as 500 without its details. */
export function problemHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    if (response.headersSent) return response.destroy()
    if (error instanceof HttpProblem) return sendProblem(response, error)
    const parserStatus = bodyParserStatus(error, request.baseUrl + request.path)
    if (parserStatus !== null) return sendProblem(response, parserStatus)
    log.error({ err: error, method: request.method, url: request.originalUrl }, 'request failed')
    sendProblem(
      response,
      new HttpProblem(500, 'Something failed on our side; the log of the API has the details.'),
    )
  }
}

/** What Express' body parsers, router and files throw, in our words. */
function bodyParserStatus(error: unknown, path: string): HttpProblem | null {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return null
  if (error.status === 413) return new HttpProblem(413, `the body is larger than ${MAX_BODY}`)
  // In its own words a file that is missing is told with the folder of the installation.
  if (error.status === 404) return new HttpProblem(404, `there is no ${path}`)
  if (error.status >= 400 && error.status < 500) return new HttpProblem(error.status, error.message)
  return null
}

/** The largest body that a request may have. */
export const MAX_BODY = '1mb'
