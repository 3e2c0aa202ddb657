import { meanOf } from '../domain/statistics/moments.ts'
import type { StopRule } from '../domain/tuning.ts'
import type { SearchProblem, Suggestion, Trial } from './problem.ts'

/** With the rule `on`, one more experiment is worth its cost when it is expected to gain at least this share. */
const WORTH_WHILE = 0.002

/** So many measurements per parameter, and at least so many, before the models are trusted with the end. */
const MEASURED_PER_PARAMETER = 2
const LEAST_MEASURED = 8

/** What an experiment costs is told from the last so many. */
const COSTS = 10

/**
 * Says why no further experiment is worth its cost; null when one is. Judged by the expected gain of the suggestion
 * that would be next: over what one experiment takes when the rule names a gain per hour (the rule of expected
 * improvement per cost: Xie et al., Cost-aware Stopping for Bayesian Optimization, 2025).
 */
export function stopReason(
  rule: StopRule,
  { space }: SearchProblem,
  history: readonly Trial[],
  { expectedGain }: Pick<Suggestion, 'expectedGain'>,
  parallelism: number,
): string | null {
  if (rule === 'off' || expectedGain === null) return null
  const measured = history.filter(({ outcome }) => outcome.status === 'measured').length
  if (measured < Math.max(LEAST_MEASURED, MEASURED_PER_PARAMETER * Object.keys(space).length)) return null
  const gain = `the next experiment is expected to gain ${percent(expectedGain)}`
  if (rule === 'on') return expectedGain < WORTH_WHILE ? `${gain}, less than ${percent(WORTH_WHILE)}` : null
  const costs = history.flatMap(({ costS }) => (costS == null ? [] : [costS])).slice(-COSTS)
  if (costs.length === 0) return null
  const perHour = (parallelism * expectedGain * 3600) / meanOf(costs)
  return perHour < rule.gainPerHour
    ? `${gain} in ${meanOf(costs).toFixed(0)} s${parallelism === 1 ? '' : `, ${parallelism} at a time`}: ${percent(perHour)} an hour, less than ${percent(rule.gainPerHour)}`
    : null
}

function percent(share: number): string {
  return `${(100 * share).toPrecision(2)} %`
}
