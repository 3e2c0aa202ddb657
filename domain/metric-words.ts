import { METRIC_DESCRIPTIONS } from './metric.ts'

const STATISTICS = new Set(['mean', 'p50', 'p90', 'p95', 'p99'])

const NAMES: Record<string, { label: string; unit: string }> = {
  output_tokens_per_second: { label: 'output tokens/s', unit: 'tokens/s' },
  whole_run_output_tokens_per_second: { label: 'output tokens/s, whole run', unit: 'tokens/s' },
  requests_per_second: { label: 'requests/s', unit: 'requests/s' },
  goodput_requests_per_second: { label: 'goodput', unit: 'requests/s' },
  attainment: { label: 'SLO attainment', unit: '' },
  error_rate: { label: 'error rate', unit: '' },
  concurrency_mean: { label: 'mean concurrency', unit: 'requests' },
}

/** Units by how names end. */
const UNITS: [end: string, unit: string][] = [
  ['_ms', 'ms'],
  ['tokens_per_second', 'tokens/s'],
  ['requests_per_second', 'requests/s'],
  ['capacity_concurrency', 'streams'],
  ['joules_per_output_token', 'J/token'],
]

const LATENCIES: Record<string, string> = {
  e2e: 'end to end',
  scheduled_ttft: 'scheduled TTFT',
  normalised_itl: 'normalised ITL',
  max_gap: 'longest gap',
}

/** Writes a metric's name for people: `ttft_p90_ms` is `TTFT p90`. */
export function metricLabel(name: string): string {
  const known = NAMES[name]
  if (known !== undefined) return known.label
  const [, latency = '', statistic = ''] = /^(.+)_([a-z0-9]+)_ms$/.exec(name) ?? []
  if (!STATISTICS.has(statistic)) return name.replaceAll('_', ' ')
  return `${LATENCIES[latency] ?? latency.toUpperCase()} ${statistic}`
}

/** Returns the unit of a metric. */
export function metricUnit(name: string): string {
  return NAMES[name]?.unit ?? UNITS.find(([end]) => name.endsWith(end))?.[1] ?? ''
}

/** Returns what a metric means; empty for a name that is not known. */
export function metricDefinition(name: string): string {
  return Object.entries(METRIC_DESCRIPTIONS).find(([known]) => known === name)?.[1] ?? ''
}

/** Writes a constraint for people: `ttft_p90_ms <= 3000` is `TTFT p90 ≤ 3000 ms`. */
export function constraintText(constraint: string): string {
  const match = /^\s*(\w+)\s*(<=|>=)\s*(\S+)\s*$/.exec(constraint)
  if (match === null) return constraint
  const [, metric = '', operator, limit = ''] = match
  return `${metricLabel(metric)} ${operator === '<=' ? '≤' : '≥'} ${limit} ${metricUnit(metric)}`.trim()
}
