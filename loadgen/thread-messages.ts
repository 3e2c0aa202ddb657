import type { LiveFigures } from '../domain/measurement.ts'
import { DatasetError } from './dataset-files.ts'
import { EndpointRefusedError, EndpointUnreachableError } from './errors.ts'
import type { Shard } from './request-source.ts'
import type { RunOptions, ShardResult } from './run-options.ts'

/** What a thread is given: the options of a run less what cannot be passed to a thread. */
export interface ThreadTask {
  options: Omit<RunOptions, 'signal' | 'stopSending' | 'onProgress' | 'onRecord'>
  shard: Shard
  reportProgress: boolean
  /** What becomes of the records: `lines` passes each on as a line of JSON with times of the wall clock. */
  records: 'keep' | 'lines' | 'drop'
}

export type ToThread =
  | { type: 'prepare'; task: ThreadTask }
  /** The start of the run, in milliseconds since 1970: the zero of its times. */
  | { type: 'begin'; originWallMs: number }
  /** Sends nothing more: the run ends with what is in flight. */
  | { type: 'stop' }
  | { type: 'abort' }

/** Lines of JSON, one request each, with when each was sent, in milliseconds since the start of its run. */
export interface RequestLines {
  /** The start of the run, in milliseconds since 1970. */
  originWallMs: number
  sentMs: Float64Array
  lines: string[]
}

export type FromThread =
  /** It could send its first request. */
  | { type: 'ready' }
  | { type: 'progress'; live: LiveFigures }
  | { type: 'lines'; lines: RequestLines }
  | { type: 'result'; result: ShardResult }
  | { type: 'failed'; error: PassedError }

/** An error as it passes between threads, where its class would be lost. */
export type PassedError =
  | { kind: 'unreachable'; fields: ConstructorParameters<typeof EndpointUnreachableError> }
  | { kind: 'refused'; fields: ConstructorParameters<typeof EndpointRefusedError> }
  | { kind: 'dataset'; message: string }
  | { kind: 'other'; message: string; stack: string | undefined }

export function packError(error: unknown): PassedError {
  if (error instanceof EndpointUnreachableError)
    return { kind: 'unreachable', fields: [error.baseUrl, error.detail] }
  if (error instanceof EndpointRefusedError) {
    return { kind: 'refused', fields: [error.baseUrl, error.outcome, error.status, error.detail] }
  }
  if (error instanceof DatasetError) return { kind: 'dataset', message: error.message }
  if (error instanceof Error) return { kind: 'other', message: error.message, stack: error.stack }
  return { kind: 'other', message: String(error), stack: undefined }
}

export function unpackError(error: PassedError): Error {
  if (error.kind === 'unreachable') return new EndpointUnreachableError(...error.fields)
  if (error.kind === 'refused') return new EndpointRefusedError(...error.fields)
  if (error.kind === 'dataset') return new DatasetError(error.message)
  return Object.assign(new Error(error.message), error.stack === undefined ? {} : { stack: error.stack })
}
