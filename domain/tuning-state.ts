/** How a tuning stands. */
export const TUNING_STATES = [
  'pending',
  'running',
  'paused',
  'cancelling',
  'completed',
  'cancelled',
  'failed',
] as const
export type TuningState = (typeof TUNING_STATES)[number]

/** Returns whether nothing more will happen to a tuning in this state. */
export function isFinished(state: TuningState): boolean {
  return state === 'completed' || state === 'cancelled' || state === 'failed'
}

/** What a tuning is doing, within its state. */
export const TUNING_PHASES = ['waiting', 'baseline', 'search', 'confirmation', 'report', 'done'] as const
export type TuningPhase = (typeof TUNING_PHASES)[number]
