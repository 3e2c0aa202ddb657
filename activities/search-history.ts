import type { PlannedExperiment } from '../database/experiments.ts'
import { parseConstraint } from '../domain/constraint.ts'
import { isNotItsFault } from '../domain/diagnosis.ts'
import { objectiveMetric, type TuningSpec } from '../domain/tuning.ts'
import { ENGINES } from '../engines/index.ts'
import type { SearchProblem, Trial, TrialOutcome } from '../search/problem.ts'

/** Limits are judged by metrics in which failed requests count as infinitely late: another figure, another name. */
function limited(metric: string): string {
  return `${metric} with failures`
}

/** Returns what the search of a tuning looks for. */
export function searchProblem({
  space,
  rules,
  engine,
  objective,
  constraints,
  baseline,
}: TuningSpec): SearchProblem {
  const { metric, higherIsBetter } = objectiveMetric(objective)
  const known = ENGINES[engine.kind].parameters.flatMap(({ name, default: value }) =>
    value === null ? [] : [[name, value] as const],
  )
  return {
    space,
    rules,
    fixed: engine.args,
    objectives: [{ metric, direction: higherIsBetter ? 'maximize' : 'minimize' }],
    constraints: constraints.flatMap((text) => {
      const parsed = parseConstraint(text)
      if (typeof parsed === 'string') return []
      return [{ metric: limited(parsed.metric), op: parsed.op, limit: parsed.limit }]
    }),
    defaults: { ...Object.fromEntries(known), ...baseline },
  }
}

/** Returns what the search may know of a tuning's experiments. What was cancelled may be suggested again. */
export function searchTrials(history: readonly PlannedExperiment[]): Trial[] {
  return history
    .filter(({ state }) => state !== 'cancelled')
    .map((experiment) => ({
      configuration: experiment.configuration,
      outcome: outcomeOf(experiment),
      costS: experiment.durationS,
    }))
}

function outcomeOf({ outcome, excluded }: PlannedExperiment): TrialOutcome {
  if (outcome === null) return { status: 'pending' }
  if (excluded || outcome.clientLimited === true) return { status: 'void' }
  if (outcome.failure !== null) {
    return isNotItsFault(outcome.failure) ? { status: 'void' } : { status: 'failed', kind: outcome.failure }
  }
  const metrics: Record<string, number | null> = { ...outcome.metrics }
  for (const [name, value] of Object.entries(outcome.metricsWithFailures ?? {}))
    metrics[limited(name)] = value
  return { status: 'measured', metrics }
}
