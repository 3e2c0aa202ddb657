const REPLACEMENT = '\uFFFD'

/** An escape of JSON; those of whole characters and of a backslash are matched so that they are passed over. */
const ESCAPE = /\\(?:u(d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|[0-9a-f]{4})|[^u])/gi
/** What follows `\u` where PostgreSQL keeps no such character: NUL, and half of a pair. */
const UNSTORABLE = /^(?:0000|d[89a-f][0-9a-f]{2})$/i

/**
 * Returns a parameter of a statement as PostgreSQL can keep it: text has no NUL, and no half of a surrogate pair, in JSON
 * neither as an escape. What an engine says may have both; U+FFFD stands for each.
 */
export function storable(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(storable)
  if (ArrayBuffer.isView(value) || value instanceof Date || 'toPostgres' in value) return value
  // As pg would write it.
  return storableText(JSON.stringify(value))
}

function storableText(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed()
  const plain = whole.includes('\0') ? whole.replaceAll('\0', REPLACEMENT) : whole
  return plain.includes('\\u') && isJson(plain) ? plain.replace(ESCAPE, storableEscape) : plain
}

function storableEscape(escape: string, code: string | undefined): string {
  return code !== undefined && UNSTORABLE.test(code) ? REPLACEMENT : escape
}

/** Whether a text is meant as JSON: in others, `\u0000` is six characters. */
function isJson(text: string): boolean {
  if (!/^["[{]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
