import { stripVTControlCharacters, styleText } from 'node:util'
import { formatDuration } from '../domain/duration.ts'

/** What {@link colour} writes. */
const STYLE = /\p{Cc}\[(?:[12]|22|3[1236]|39)m/gu
const CONTROL = new RegExp(`${STYLE.source}|(?![\\n\\t])[\\p{Cc}\\u2028\\u2029]`, 'gu')

/** Lays rows out in columns as wide as their widest cell; numbers are given as text, aligned by `right`. */
export function table(head: string[], rows: string[][], right: number[] = []): string {
  const shown = rows.map((row) => row.map(cell))
  const widths = head.map((title, column) =>
    Math.max(title.length, ...shown.map((row) => visibleLength(row[column] ?? ''))),
  )
  const line = (cells: string[]) =>
    cells
      .map((cell, column) => {
        const padding = ' '.repeat(Math.max(0, (widths[column] ?? 0) - visibleLength(cell)))
        return right.includes(column) ? padding + cell : cell + padding
      })
      .join('  ')
      .trimEnd()
  return [styleText('dim', line(head)), ...shown.map(line)].join('\n')
}

/** A cell is one line, whatever is in it. */
function cell(text: string): string {
  return harmless(text).replace(/[\n\t]/g, escaped)
}

/**
 * Writes control characters in texts of others as escapes, as a terminal obeys them. Line breaks, tabs and the styles of
 * {@link colour} stay; what begins a style and does not end it is none of ours.
 */
export function harmless(text: string): string {
  const styles = text.match(STYLE) ?? []
  const ended = /(22|39)m$/.test(styles.at(-1) ?? '39m')
  return text.replace(CONTROL, (found) =>
    ended && found.length > 1 && found.startsWith('\u001b') ? found : escaped(found),
  )
}

function escaped(text: string): string {
  return `\\u${text.charCodeAt(0).toString(16).padStart(4, '0')}${text.slice(1)}`
}

function visibleLength(text: string): number {
  return stripVTControlCharacters(text).length
}

/** Writes how long ago something was, or how long it took. */
export function span(from: string | null, to: string | null): string {
  if (from === null) return '–'
  return formatDuration(Math.max(0, (to === null ? Date.now() : Date.parse(to)) - Date.parse(from)))
}

/** Draws a bar of a share from 0 to 1. */
export function bar(share: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width)
  return '█'.repeat(filled) + '░'.repeat(width - filled)
}

export const colour = {
  state(state: string): string {
    const style =
      state === 'completed' ? 'green' : state === 'failed' ? 'red' : state === 'cancelled' ? 'yellow' : 'cyan'
    return styleText(style, harmless(state))
  },
  bold: (text: string) => styleText('bold', harmless(text)),
  dim: (text: string) => styleText('dim', harmless(text)),
  good: (text: string) => styleText('green', harmless(text)),
  bad: (text: string) => styleText('red', harmless(text)),
}
