import { sql } from 'kysely'

/** Selects a moment as text, for {@link isoTime}: a `Date` of it that becomes text again costs ten times as much. */
export function timeText<Column extends string>(column: Column) {
  return sql<string>`${sql.ref(column)}::text`.as(column)
}

export function timeTextOrNull<Column extends string>(column: Column) {
  return sql<string | null>`${sql.ref(column)}::text`.as(column)
}

/** Returns PostgreSQL's text of a moment as RFC 3339 has it, in UTC and to the millisecond, like `Date.toISOString`. */
export function isoTime(text: string): string
export function isoTime(text: string | null): string | null
export function isoTime(text: string | null): string | null {
  if (text === null) return null
  // Sessions of another zone than UTC are possible, if unusual.
  if (!text.endsWith('+00')) return new Date(text).toISOString()
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.slice(20, -3).slice(0, 3).padEnd(3, '0')}Z`
}
