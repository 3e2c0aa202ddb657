import { parse, stringify } from 'yaml'
import { messageOf } from '../../domain/message-of.ts'
import { asJson, isObject, type JsonObject } from './request-draft.ts'

/** Writes a request as YAML. */
export function writeYaml(request: JsonObject): string {
  return stringify(request)
}

/** Returns the request of a YAML text, or what is wrong with it. */
export function readYaml(text: string): JsonObject | string {
  try {
    const value = asJson(parse(text))
    return isObject(value) ? value : 'a request is a mapping, such as `name: my-tuning`'
  } catch (error) {
    return messageOf(error)
  }
}
