import { stripVTControlCharacters, styleText } from 'node:util'
import { formatDuration } from '../domain/duration.ts'

/** Lays rows out in columns as wide as their widest cell; numbers are given as text, aligned by `right`. */
export function table(head: string[], rows: string[][], right: number[] = []): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => visibleLength(row[column] ?? ''))),
  )
  const line = (cells: string[]) =>
    cells
      .map((cell, column) => {
        const padding = ' '.repeat(Math.max(0, (widths[column] ?? 0) - visibleLength(cell)))
        return right.includes(column) ? padding + cell : cell + padding
      })
      .join('  ')
      .trimEnd()
  return [styleText('dim', line(head)), ...rows.map(line)].join('\n')
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
    return styleText(style, state)
  },
  bold: (text: string) => styleText('bold', text),
  dim: (text: string) => styleText('dim', text),
  good: (text: string) => styleText('green', text),
  bad: (text: string) => styleText('red', text),
}
