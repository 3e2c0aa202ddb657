import { z } from 'zod'
import { LATENCY_METRICS, METRIC_NAMES, MetricName, type Metrics } from './metric.ts'
import { nearest } from './nearest.ts'

const FORM = /^\s*([a-z0-9_]+)\s*(<=|>=)\s*(\d+(?:\.\d+)?)\s*$/

export const ParsedConstraint = z.object({
  metric: MetricName,
  op: z.enum(['<=', '>=']),
  limit: z.number(),
})
export type ParsedConstraint = z.infer<typeof ParsedConstraint>

/** Reads `ttft_p99_ms <= 1500`; returns what is wrong, as text, when it is no constraint. */
export function parseConstraint(text: string): ParsedConstraint | string {
  const match = FORM.exec(text)
  if (match === null) return `expected "<metric> <= <number>" or "<metric> >= <number>", got "${text}"`
  const [, name = '', op, limit] = match
  const metric = METRIC_NAMES.find((known) => known === name)
  if (metric === undefined) return `unknown metric "${name}"${nearest(name, METRIC_NAMES)}`
  return { metric, op: op === '<=' ? '<=' : '>=', limit: Number(limit) }
}

/** Reads constraints that were checked, each with its text. */
export function parsedConstraints(
  constraints: readonly Constraint[],
): (ParsedConstraint & { constraint: Constraint })[] {
  return constraints.map((constraint) => {
    const parsed = parseConstraint(constraint)
    if (typeof parsed === 'string') throw new RangeError(parsed)
    return { constraint, ...parsed }
  })
}

/** A limit that a configuration must meet, such as `ttft_p99_ms <= 1500`. */
export const Constraint = z
  .string()
  .superRefine((text, context) => {
    const parsed = parseConstraint(text)
    if (typeof parsed === 'string') context.addIssue({ code: 'custom', message: parsed })
  })
  .meta({ description: 'A limit on a metric.', examples: ['ttft_p99_ms <= 1500'] })
export type Constraint = z.infer<typeof Constraint>

export const ConstraintCheck = z.object({
  constraint: z.string(),
  metric: z.string(),
  value: z
    .number()
    .nullable()
    .meta({ description: 'The measured value; null when it is undefined or infinite.' }),
  limit: z.number(),
  holds: z.boolean(),
})
export type ConstraintCheck = z.infer<typeof ConstraintCheck>

/**
 * Compares a measurement with each constraint. A metric without a value does not hold: nothing was served
 * that could be judged. Give metrics in which failed requests count as infinitely late.
 */
export function checkConstraints(constraints: Constraint[], metrics: Metrics): ConstraintCheck[] {
  return parsedConstraints(constraints).map(({ constraint, metric, op, limit }) => {
    const value = metrics[metric] ?? null
    const holds = value !== null && (op === '<=' ? value <= limit : value >= limit)
    return { constraint, metric, value, limit, holds }
  })
}

/** Limits that a single request must meet to count as good, in milliseconds. */
export const RequestSlo = z.partialRecord(
  z.enum(['ttft', 'itl', 'normalised_itl', 'max_gap', 'tpot', 'e2e', 'scheduled_ttft']),
  z.number(),
)
export type RequestSlo = z.infer<typeof RequestSlo>

/** Returns what each request must meet: every `<=` limit on a latency, whatever the statistic; the tightest one counts. */
export function requestSlo(constraints: Constraint[]): RequestSlo {
  const slo: RequestSlo = {}
  for (const { metric, op, limit } of parsedConstraints(constraints)) {
    const latency =
      metric === 'max_gap_p99_ms' ? 'max_gap' : LATENCY_METRICS.find(({ name }) => name === metric)?.latency
    if (op === '<=' && latency !== undefined) slo[latency] = Math.min(slo[latency] ?? Infinity, limit)
  }
  return slo
}
