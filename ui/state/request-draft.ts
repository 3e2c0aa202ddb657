import type { ProblemError } from '../../domain/problem.ts'

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

/** Returns whether a value is a plain object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Splits a JSON pointer (RFC 6901) into its keys. */
export function pointerKeys(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** Returns the value at a pointer; undefined where there is none. */
export function valueAt(draft: Json | undefined, pointer: string): Json | undefined {
  return pointerKeys(pointer).reduce<Json | undefined>((value, key) => {
    if (Array.isArray(value)) return value[Number(key)]
    return isObject(value) ? value[key] : undefined
  }, draft)
}

/** Returns a request with another value at a pointer, or none there for undefined. Pure. */
export function withValue(draft: JsonObject, pointer: string, value: Json | undefined): JsonObject {
  const changed = put(draft, pointerKeys(pointer), value)
  return isObject(changed) ? changed : draft
}

function put(place: Json | undefined, [key, ...rest]: string[], value: Json | undefined): Json | undefined {
  if (key === undefined) return value
  if (Array.isArray(place)) {
    const index = Number(key)
    const inner = put(place[index], rest, value)
    if (inner === undefined) return place.filter((_, position) => position !== index)
    return index < place.length
      ? place.map((item, position) => (position === index ? inner : item))
      : [...place, inner]
  }
  const fields = isObject(place) ? place : {}
  const inner = put(fields[key], rest, value)
  if (inner !== undefined) return { ...fields, [key]: inner }
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== key))
}

/** Returns an object with a key renamed in its place. Pure. */
export function renamed(fields: JsonObject, from: string, to: string): JsonObject {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key === from ? to : key, value]))
}

/** Returns what is wrong at a place or, with `inside`, beneath it. */
export function problemsAt(errors: ProblemError[], pointer: string, inside = false): string[] {
  return errors
    .filter(({ pointer: at }) => at === pointer || (inside && at.startsWith(`${pointer}/`)))
    .map(({ message }) => message)
}

/** The id of the field of a pointer, so that problems can link to it. */
export function fieldId(pointer: string): string {
  return `field${pointer.replaceAll('/', '-')}`
}

/** Returns a value as JSON has it; what JSON has not becomes text. */
export function asJson(value: unknown): Json {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map(asJson)
  if (typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asJson(inner)]))
  return typeof value === 'bigint' ? value.toString() : null
}

/** Reads the text of a number: one that is left empty is nothing where it may be left out, and null, which is wrong, where not. */
export function numberFrom(text: string, optional: boolean): number | null | undefined {
  const number = Number(text)
  if (text.trim() !== '' && !Number.isNaN(number)) return number
  return optional ? undefined : null
}

/** Writes a value for an input: text as it is, nothing for none. */
export function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
