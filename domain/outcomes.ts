import { z } from 'zod'
import type { ExperimentState } from './experiment.ts'
import { gainOver } from './figures.ts'
import { objectiveMetric, type Objectives } from './tuning.ts'
import { isFinished, type TuningState } from './tuning-state.ts'

/** What came of an experiment, in a letter. */
export const OUTCOMES = {
  m: 'met every limit',
  b: 'broke a limit',
  s: 'cut short',
  f: 'failed',
  c: 'cancelled',
  r: 'waiting or running',
} as const
export type Outcome = keyof typeof OUTCOMES

/** Returns the letter of an experiment. */
export function outcomeOf(known: {
  state: ExperimentState
  feasible: boolean | null
  cutShort: boolean
}): Outcome {
  switch (known.state) {
    case 'running':
      return 'r'
    case 'failed':
      return 'f'
    case 'cancelled':
      return 'c'
    case 'completed':
      return known.cutShort ? 's' : known.feasible === true ? 'm' : 'b'
  }
}

/** How the best has changed: after so many experiments it was so much; null where nothing met the limits any more. */
export const Steps = z.array(z.object({ after: z.int(), objective: z.number().nullable() }))
export type Steps = z.infer<typeof Steps>

/**
 * Returns by how much the best is better than the baseline, above 1 for better: as the confirmation found, or before one as
 * the search did; null where there is nothing to compare.
 */
export function gainSoFar({
  state,
  gain,
  baselineObjective,
  best,
  spec: { objective },
}: {
  state: TuningState
  gain: number | null
  baselineObjective: number | null
  best: { objective: number } | null
  spec: { objective: Objectives }
}): number | null {
  if (gain !== null && isFinished(state)) return gain
  return gainOver(baselineObjective, best?.objective, objectiveMetric(objective).higherIsBetter)
}
