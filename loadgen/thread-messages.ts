import type { LiveFigures } from '../domain/measurement.ts'
import { EndpointRefusedError, EndpointUnreachableError } from './errors.ts'
import type { LoadResult, RunOptions } from './run.ts'

/** What the thread is given: the options of a run less what cannot be passed to a thread. */
export interface ThreadTask {
  options: Omit<RunOptions, 'signal' | 'onProgress'>
  reportProgress: boolean
}

export type ToThread = { type: 'start'; task: ThreadTask } | { type: 'abort' }

export type FromThread =
  | { type: 'progress'; live: LiveFigures }
  | { type: 'result'; result: LoadResult }
  | { type: 'failed'; error: PassedError }

/** An error as it passes between threads, where its class would be lost. */
export type PassedError =
  | { kind: 'unreachable'; fields: ConstructorParameters<typeof EndpointUnreachableError> }
  | { kind: 'refused'; fields: ConstructorParameters<typeof EndpointRefusedError> }
  | { kind: 'other'; message: string; stack: string | undefined }

export function packError(error: unknown): PassedError {
  if (error instanceof EndpointUnreachableError)
    return { kind: 'unreachable', fields: [error.baseUrl, error.detail] }
  if (error instanceof EndpointRefusedError) {
    return { kind: 'refused', fields: [error.baseUrl, error.outcome, error.status, error.detail] }
  }
  if (error instanceof Error) return { kind: 'other', message: error.message, stack: error.stack }
  return { kind: 'other', message: String(error), stack: undefined }
}

export function unpackError(error: PassedError): Error {
  if (error.kind === 'unreachable') return new EndpointUnreachableError(...error.fields)
  if (error.kind === 'refused') return new EndpointRefusedError(...error.fields)
  return Object.assign(new Error(error.message), error.stack === undefined ? {} : { stack: error.stack })
}
