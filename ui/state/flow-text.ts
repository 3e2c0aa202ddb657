import { asJson, type Json } from './request-draft.ts'

/** Text that YAML reads as itself; all other text is quoted. */
const PLAIN = /^(?!(?:true|false|null)$)[a-z_][\w./-]*$/i

/** Writes a list or mapping as YAML in one line, without its outer brackets. */
export function flowText(value: Json | undefined): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? inner(value) : String(value)
}

/** Reads what {@link flowText} writes; text that is no YAML stays as it is, and nothing of a mapping is undefined. */
export async function readFlow(text: string, kind: 'list' | 'mapping'): Promise<Json | undefined> {
  if (text.trim() === '') return kind === 'list' ? [] : undefined
  const { parse } = await import('yaml')
  const [open, close] = kind === 'list' ? ['[', ']'] : ['{', '}']
  try {
    return asJson(parse(`${open}${text}${close}`))
  } catch {
    // The API says of text what it expects here.
    return text
  }
}

function inner(value: Json[] | { [key: string]: Json }): string {
  return Array.isArray(value)
    ? value.map(flow).join(', ')
    : Object.entries(value)
        .map(([key, item]) => `${flow(key)}: ${flow(item)}`)
        .join(', ')
}

function flow(value: Json): string {
  if (typeof value === 'string') return PLAIN.test(value) ? value : JSON.stringify(value)
  if (Array.isArray(value)) return `[${inner(value)}]`
  return typeof value === 'object' && value !== null ? `{ ${inner(value)} }` : String(value)
}
