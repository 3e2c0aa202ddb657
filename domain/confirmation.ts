import type { ConfirmationRole, ExperimentPlan, ExperimentState } from './experiment.ts'

/** A run of the confirmation: which configuration, and which pair it belongs to. */
export interface ConfirmationRun {
  role: ConfirmationRole
  pair: number
}

/**
 * Returns the next run of the confirmation of an experiment, or null when all pairs are there. Best and baseline take
 * turns in the order ABBA, so that a drift of the machine falls on both alike; runs that were cancelled or excluded
 * are done again.
 */
export function nextConfirmation(
  history: (ExperimentPlan & { state: ExperimentState; excluded: boolean })[],
  best: number,
  pairs: number,
): ConfirmationRun | null {
  const done = history.filter(
    ({ confirms, state, excluded }) => confirms === best && state !== 'cancelled' && !excluded,
  )
  for (let pair = 0; pair < pairs; pair++) {
    const roles: ConfirmationRole[] = pair % 2 === 0 ? ['baseline', 'best'] : ['best', 'baseline']
    const role = roles.find((wanted) => !done.some((run) => run.pair === pair && run.role === wanted))
    if (role !== undefined) return { role, pair }
  }
  return null
}
