import { percentile } from '../domain/statistics/percentile.ts'

/** Prints the head of a Markdown table under a title. */
export function printHead(title: string, columns: string[]): void {
  process.stdout.write(`\n${title}\n\n| ${columns.join(' | ')} |\n|${' --- |'.repeat(columns.length)}\n`)
}

/** Prints a row of a Markdown table. */
export function printRow(cells: (string | number)[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`)
}

/** Returns a quantile for a table; `-` of nothing. */
export function quantile(samples: readonly number[], p: number): string {
  return figure(percentile(samples, p))
}

/** Returns a number for a table, with two digits behind the point; `-` where there is none. */
export function figure(value: number | null | undefined): string {
  return value == null || Number.isNaN(value) ? '-' : value.toFixed(2)
}

/** Returns the median of rounds for a table, with the lowest and the highest. */
export function spread(values: number[], digits: number): string {
  const [low = NaN, high = NaN] = [Math.min(...values), Math.max(...values)]
  if (Number.isNaN(low)) return '-'
  return `${percentile(values, 0.5)?.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`
}
