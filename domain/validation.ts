import { z } from 'zod'
import { nearest } from './nearest.ts'
import { jsonPointer, type ProblemError } from './problem.ts'

type Issue = z.core.$ZodIssue

/** A value that a schema accepted, or what is wrong with it. */
export type Checked<Data> = { data: Data; errors: null } | { data: null; errors: ProblemError[] }

/** Nobody reads more unknown keys of one object; to look each of a hundred thousand up would take minutes. */
const MOST_KEYS_TOLD = 100

/**
 * Checks a value that came from outside. Every wrong place is told, with its JSON pointer; an unknown key or name is
 * told with the nearest known one.
 */
export function check<Schema extends z.ZodType>(schema: Schema, value: unknown): Checked<z.infer<Schema>> {
  const parsed = schema.safeParse(value, { reportInput: true })
  if (parsed.success) return { data: parsed.data, errors: null }
  return { data: null, errors: parsed.error.issues.flatMap((issue) => explainIssue(schema, issue, [])) }
}

function explainIssue(schema: z.ZodType, issue: Issue, base: PropertyKey[]): ProblemError[] {
  const path = [...base, ...issue.path]
  if (issue.code === 'unrecognized_keys') {
    const forms = objectForms(schema, path)
    const known = [...new Set(forms.flat())]
    const given = Object.keys(issue.input ?? {})
    return issue.keys.slice(0, MOST_KEYS_TOLD).map((key) => ({
      pointer: jsonPointer([...path, key]),
      message: apart(key, given, forms) ?? `unknown key "${key}"${nearest(key, known)}`,
    }))
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // The alternative that came nearest is the one that was meant.
    const meant = issue.errors.toSorted((a, b) => weight(a) - weight(b))[0] ?? []
    return meant.flatMap((inner) => explainIssue(schema, inner, path))
  }
  if (issue.code === 'invalid_value' && issue.values.length > 1 && typeof issue.input === 'string') {
    const known = issue.values.map(String)
    return [
      { pointer: jsonPointer(path), message: `unknown value "${issue.input}"${nearest(issue.input, known)}` },
    ]
  }
  return [{ pointer: jsonPointer(path), message: plain(issue.message) }]
}

function plain(message: string): string {
  return message.replace(/^Invalid input: /, '').replace(/received (undefined|null)$/, 'received nothing')
}

/** Another type, a missing key or an unknown one says that another alternative was meant more than a wrong value does. */
function weight(issues: Issue[]): number {
  return issues.reduce((sum, { code, path }) => {
    const isWhole = path.length === 0
    if (code === 'invalid_type') return sum + (isWhole ? 10 : 3)
    return sum + (code === 'unrecognized_keys' && isWhole ? 5 : 1)
  }, 0)
}

/** Says which keys exclude one that is known; null for one that is not. */
function apart(key: string, given: string[], forms: string[][]): string | null {
  const own = forms.filter((form) => form.includes(key))
  const others = given.filter((other) => other !== key && !own.some((form) => form.includes(other)))
  if (own.length === 0 || others.length === 0) return null
  return `"${key}" and ${others.map((other) => `"${other}"`).join(', ')}: only one of them can be given`
}

/** Returns the keys of each object that may stand at a place. */
function objectForms(schema: z.ZodType, path: PropertyKey[]): string[][] {
  let places: z.core.$ZodType[] = [schema]
  for (const part of path) places = places.flatMap((place) => step(place, part))
  return places
    .flatMap(unwrap)
    .flatMap((place) => (place instanceof z.ZodObject ? [Object.keys(place.shape)] : []))
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(unwrap)
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return unwrap(schema.unwrap())
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return unwrap(schema.unwrap())
  return [schema]
}

function step(schema: z.core.$ZodType, part: PropertyKey): z.core.$ZodType[] {
  return unwrap(schema).flatMap((place): z.core.$ZodType[] => {
    if (place instanceof z.ZodObject) {
      const shape: Record<string, z.core.$ZodType> = place.shape
      const next = shape[String(part)]
      return next === undefined ? [] : [next]
    }
    if (place instanceof z.ZodRecord) return [place.valueType]
    if (place instanceof z.ZodArray) return [place.element]
    return []
  })
}
