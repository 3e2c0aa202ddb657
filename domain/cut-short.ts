import { z } from 'zod'
import { ParsedConstraint } from './constraint.ts'
import { formatDuration } from './duration.ts'
import { constraintText, metricFigure } from './metric-words.ts'
import { objectiveMetrics, type TuningSpec } from './tuning.ts'

/** Why a measurement ended early: what it was clear by then that it could not meet. */
export const CutShort = ParsedConstraint.extend({
  of: z.enum(['constraint', 'objective']).meta({
    description: 'constraint: a limit of the SLO; objective: what would be worth confirming beside the best.',
  }),
  bound: z.number().meta({
    description:
      'What the metric was sure to come to: at least this of a limit from above, at most of one from below.',
  }),
  afterMs: z.number().meta({ description: 'From the start of the window.' }),
  ofMs: z.number().meta({ description: 'How long the window was to be.' }),
  requests: z.int().meta({ description: 'Requests that had ended by then.' }),
})
export type CutShort = z.infer<typeof CutShort>

/** What a measurement must still be able to meet to go on. */
export interface CutLimits {
  constraints: ParsedConstraint[]
  /** The objective's figure that would be worth confirming. */
  hurdle: ParsedConstraint
}

/**
 * Returns whether measurements of a search may be cut short: there is one objective, whose best so far can be a hurdle,
 * and the load is the same from the first request to the last.
 */
export function mayCutShort({ budget, objective, engine, workload: { load } }: TuningSpec): boolean {
  return (
    budget.cutShort &&
    objectiveMetrics(objective).length === 1 &&
    engine.kind !== 'command' &&
    ('concurrency' in load || 'rate' in load)
  )
}

/** Says it for people: `stopped after 12 s: cannot reach output tokens/s 41.0`. */
export function cutShortText({ of, metric, op, limit, afterMs }: CutShort): string {
  const what =
    of === 'constraint'
      ? `breaks ${constraintText(`${metric} ${op} ${limit}`)}`
      : `cannot ${op === '>=' ? 'reach' : 'come down to'} ${metricFigure(metric, limit)}`
  return `stopped after ${formatDuration(afterMs)}: ${what}`
}
