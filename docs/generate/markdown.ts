/** Writes a table; cells are Markdown, a bar in them is escaped. */
export function table(columns: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Writes words that are not Markdown so that they are read as they are. */
export function plain(text: string): string {
  return text.replaceAll('<', '&lt;').replaceAll('*', '\\*')
}

/** Writes text as code; nothing of nothing. */
export function code(text: string): string {
  return text === '' ? '' : `\`${text}\``
}

/** Writes a value as code, as one would in YAML on one line. */
export function value(given: unknown): string {
  return given === undefined || given === null
    ? ''
    : code(typeof given === 'string' ? given : JSON.stringify(given))
}

/** Puts the parts of a page together; empty ones are left out. */
export function page(title: string, ...parts: string[]): string {
  return `${[`# ${title}`, ...parts].filter((part) => part !== '').join('\n\n')}\n`
}
