import { figure } from './figures.ts'
import { METRICS } from './metric.ts'

const BY_NAME = new Map<string, (typeof METRICS)[number]>(METRICS.map((metric) => [metric.name, metric]))

/** Writes a metric's name for people: `ttft_p90_ms` is `TTFT p90`. */
export function metricLabel(name: string): string {
  return BY_NAME.get(name)?.label ?? name.replaceAll('_', ' ')
}

/** Returns the unit of a metric; empty where it has none. */
export function metricUnit(name: string): string {
  return BY_NAME.get(name)?.unit ?? ''
}

/** Writes a metric's name with its unit, where the name does not say that: `TTFT p90, ms`. */
export function metricTitle(name: string): string {
  const [label, unit] = [metricLabel(name), metricUnit(name)]
  return label.endsWith(unit) ? label : `${label}, ${unit}`
}

/** Writes a figure of a metric with its name and unit: `TTFT p90 612 ms`, `output tokens/s 4,321`. */
export function metricFigure(name: string, value: number | null | undefined): string {
  const [label, unit] = [metricLabel(name), metricUnit(name)]
  const shown = `${label} ${figure(value)}`
  return value == null || label.endsWith(unit) ? shown : `${shown} ${unit}`
}

/** Returns what a metric means; empty for a name that is not known. */
export function metricDefinition(name: string): string {
  return BY_NAME.get(name)?.meaning ?? ''
}

/** Writes a constraint for people: `ttft_p90_ms <= 3000` is `TTFT p90 ≤ 3000 ms`. */
export function constraintText(constraint: string): string {
  const match = /^\s*(\w+)\s*(<=|>=)\s*(\S+)\s*$/.exec(constraint)
  if (match === null) return constraint
  const [, metric = '', operator, limit = ''] = match
  return `${metricLabel(metric)} ${operator === '<=' ? '≤' : '≥'} ${limit} ${metricUnit(metric)}`.trim()
}

/** Writes the worst value of a limit's metric in the confirmation; a run without one is worse than any. */
export function worstText(worst: number | null): string {
  return worst === null ? 'without a value' : figure(worst)
}
