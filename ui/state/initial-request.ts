import demo from '../../examples/demo.yaml'
import { DEFAULT_PROJECT } from '../../domain/project.ts'
import { asJson, isObject, type JsonObject } from './request-draft.ts'
import { readTuning } from './tuning-store.ts'

/** A request to begin with, and the project that it is for. */
export interface InitialRequest {
  request: JsonObject
  project: string
}

/** Returns the request of an earlier tuning with its project, or that of the demo without one. */
export async function initialRequest(from: string): Promise<InitialRequest> {
  const earlier = from === '' ? null : await readTuning(from)
  const json = asJson(earlier === null ? demo : earlier.spec)
  return { request: isObject(json) ? json : {}, project: earlier?.project ?? DEFAULT_PROJECT }
}
