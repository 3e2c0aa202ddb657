import { withoutInactive } from '../domain/condition.ts'
import { wrongValue } from '../domain/parameter.ts'
import type { SearchProblem, Trial } from './problem.ts'

/**
 * Returns the trials that say something about the space: values of parameters that do not exist are dropped, trials
 * with values outside the space are left out, and a whole measurement without one of the metrics that count is a failure
 * of a kind of its own, since nothing was served that could be judged.
 */
export function usableTrials(problem: SearchProblem, history: readonly Trial[]): Trial[] {
  const { space, fixed } = problem
  const metrics = [...problem.objectives, ...problem.constraints].map(({ metric }) => metric)
  return history.flatMap((trial): Trial[] => {
    const { configuration, outcome } = trial
    const active = withoutInactive(space, configuration, fixed)
    const known = Object.entries(active).every(([name, value]) => {
      const parameter = space[name]
      return parameter !== undefined && wrongValue(parameter, value) === null
    })
    if (!known) return []
    if (outcome.status !== 'measured' || outcome.bounds !== undefined)
      return [{ ...trial, configuration: active }]
    const missing = metrics.find((metric) => !Number.isFinite(outcome.metrics[metric]))
    return missing === undefined
      ? [{ ...trial, configuration: active }]
      : [{ ...trial, configuration: active, outcome: { status: 'failed', kind: `no ${missing}` } }]
  })
}
