import type { Outcome } from '../domain/measurement.ts'

/** Nothing answers at the endpoint: connections fail, or end without an HTTP answer. */
export class EndpointUnreachableError extends Error {
  override readonly name = 'EndpointUnreachableError'
  readonly baseUrl: string
  readonly detail: string

  constructor(baseUrl: string, detail: string) {
    super(`no answer from ${baseUrl}: ${detail}`)
    this.baseUrl = baseUrl
    this.detail = detail
  }
}

/** The endpoint answers, but not as an OpenAI-compatible server that accepts this load would. */
export class EndpointRefusedError extends Error {
  override readonly name = 'EndpointRefusedError'
  readonly baseUrl: string
  readonly outcome: Outcome
  readonly status: number | null
  readonly detail: string

  /** `status` is the HTTP status, null when there was none; `detail` what went wrong, with the first line of the body. */
  constructor(baseUrl: string, outcome: Outcome, status: number | null, detail: string) {
    super(`${baseUrl} does not serve this load: ${detail}`)
    this.baseUrl = baseUrl
    this.outcome = outcome
    this.status = status
    this.detail = detail
  }
}
