import { TuningRequest } from '../../domain/tuning.ts'
import { page, plain, table, value } from './markdown.ts'
import { fields, inputSchema, typeText, variants, type Schema } from './schema.ts'

/** Writes the page of what a tuning is asked for with, from the schema that checks it. */
export function specPage(): string {
  const { root, named } = inputSchema(TuningRequest)
  const members = Object.entries(root.properties ?? {})
  const others = Object.entries(named).filter(([, schema]) => schema !== root)
  return page(
    'Request',
    'What `redline tune` and `POST /api/v1/tunings` take, as YAML or JSON. `name`, `engine`, `workload`, `objective` and a `space` (or a `preset`) are needed; an unknown key is an error that names the nearest known one. A duration is a number with `ms`, `s`, `m` or `h`.',
    ...[...members, ...others].flatMap(([name, schema]) =>
      typeof schema === 'boolean' ? [] : described(name, schema),
    ),
  )
}

function described(name: string, schema: Schema): string[] {
  const forms = shapes(schema)
  const fallback = schema.default === undefined ? '' : ` Default: ${value(schema.default)}.`
  const type = forms.length > 0 ? '' : `${typeText(schema)}.${fallback}`
  return [
    `## ${name}`,
    plain(schema.description ?? ''),
    `${type.charAt(0).toUpperCase()}${type.slice(1)}`,
    ...forms.flatMap(({ title, schema: form }) => [
      title,
      table(
        ['field', 'type', 'default', 'meaning'],
        fields(form)
          .filter(({ path }) => !title.startsWith(path.slice(0, -1)))
          .map((one) => [one.path, one.type, one.default, one.meaning]),
      ),
    ]),
  ]
}

/** The objects that a member may be: itself, its variants, or the values of a record, each under what tells it apart. */
function shapes(schema: Schema): { title: string; schema: Schema }[] {
  const values = schema.additionalProperties
  const inner = typeof values === 'object' ? values : schema
  const all = variants(inner).filter(({ properties }) => properties !== undefined)
  return all.map((shape) => ({ title: all.length > 1 ? titleOf(shape) : '', schema: shape }))
}

function titleOf({ properties = {} }: Schema): string {
  for (const name of ['kind', 'type']) {
    const tag = properties[name]
    if (typeof tag === 'object' && tag.const !== undefined)
      return `\`${name}: ${String(tag.const)}\`${tag.description === undefined ? '' : `: ${plain(tag.description)}`}`
  }
  return `\`{${Object.keys(properties).join(', ')}}\``
}
