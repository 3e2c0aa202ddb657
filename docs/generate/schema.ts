import { z } from 'zod'
import { MetricName } from '../../domain/metric.ts'
import { code, plain, value } from './markdown.ts'

export type Schema = z.core.JSONSchema.JSONSchema

/** A field of a schema, for a row of a table. */
interface Field {
  path: string
  type: string
  default: string
  meaning: string
}

/** Returns the schema of what may be given, as JSON Schema, and the named schemas that it refers to. */
export function inputSchema(schema: z.ZodType): { root: Schema; named: Record<string, Schema> } {
  const { $defs: named = {}, ...root } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  const name = nameOf(root)
  return { root: (name === null ? undefined : named[name]) ?? root, named }
}

function nameOf({ $ref }: Schema): string | null {
  return $ref?.replace('#/$defs/', '') ?? null
}

/** Returns what a schema may be, one by one. */
export function variants(schema: Schema): Schema[] {
  return (schema.anyOf ?? schema.oneOf ?? [schema]).flatMap((one) => (one === schema ? [one] : variants(one)))
}

/**
 * Returns the fields of an object, each with those below it; a field that several variants share comes once. Those of one
 * variant of several are never `needed`: another may be chosen.
 */
export function fields(schema: Schema, prefix = '', needed = true): Field[] {
  const found = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    if (typeof property === 'boolean') return []
    const path = `${prefix}${name}`
    return [
      field(path, property, needed && schema.required?.includes(name) === true),
      ...below(path, property),
    ]
  })
  return [...new Map(found.map((one) => [JSON.stringify(one), one])).values()]
}

function field(path: string, schema: Schema, required: boolean): Field {
  const fallback = value(schema.default)
  return {
    path: code(path),
    type: typeText(schema),
    default: fallback !== '' && fallback !== '`{}`' ? fallback : required ? 'required' : '',
    meaning: plain(schema.description ?? ''),
  }
}

function below(path: string, schema: Schema): Field[] {
  const all = variants(schema)
  return all.flatMap((variant) => [
    ...fields(variant, `${path}.`, all.length === 1),
    ...(isSchema(variant.items) ? fields(variant.items, `${path}[].`) : []),
  ])
}

/** Says in words what a value may be. */
export function typeText(schema: Schema): string {
  const name = nameOf(schema)
  if (name !== null) return `[${name}](#${name.toLowerCase()})`
  const all = variants(schema)
  if (all.length > 1) return all.map(typeText).join(' or ')
  if (schema.const !== undefined) return value(schema.const)
  if (schema.enum?.length === MetricName.options.length) return '[metric](metrics.md)'
  if (schema.enum !== undefined) return schema.enum.map(value).join(', ')
  if (Array.isArray(schema.type)) return schema.type.join(', ')
  switch (schema.type) {
    case 'object':
      return schema.properties === undefined
        ? 'names with values'
        : code(`{${Object.keys(schema.properties).join(', ')}}`)
    case 'array':
      return `list of ${isSchema(schema.items) ? typeText(schema.items) : 'anything'}`
    case 'integer':
    case 'number':
      return schema.type + rangeText(schema)
    case 'string':
      return schema.examples?.[0] === undefined ? 'text' : `text such as ${value(schema.examples[0])}`
    default:
      return schema.type ?? 'anything'
  }
}

function rangeText({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): string {
  const least = exclusiveMinimum ?? minimum
  const most = exclusiveMaximum ?? maximum
  const parts = [
    ...(isBound(least) ? [`${least === exclusiveMinimum ? 'above' : 'from'} ${least}`] : []),
    ...(isBound(most) ? [`${most === exclusiveMaximum ? 'below' : 'to'} ${most}`] : []),
  ]
  return parts.length === 0 ? '' : ` ${parts.join(' ')}`
}

/** What every whole number keeps within anyway is no bound. */
const isBound = (bound: unknown): bound is number =>
  typeof bound === 'number' && Math.abs(bound) < Number.MAX_SAFE_INTEGER

function isSchema(given: unknown): given is Schema {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
}
