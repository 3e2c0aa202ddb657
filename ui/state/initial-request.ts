import demo from '../../examples/demo.yaml'
import { asJson, isObject, type JsonObject } from './request-draft.ts'
import { readTuning } from './tuning-store.ts'

/** Returns the request of an earlier tuning, or of the demo without one. */
export async function initialRequest(from: string): Promise<JsonObject> {
  const request: unknown = from === '' ? demo : (await readTuning(from)).spec
  const json = asJson(request)
  return isObject(json) ? json : {}
}
