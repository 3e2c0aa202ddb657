import { parsedConstraints } from '../domain/constraint.ts'
import type { CutShort } from '../domain/cut-short.ts'
import { isNotItsFault, type DiagnosisKind } from '../domain/diagnosis.ts'
import type { ExperimentState } from '../domain/experiment.ts'
import type { Metrics } from '../domain/metric.ts'
import type { Configuration } from '../domain/parameter.ts'
import { objectiveMetrics, type TuningSpec } from '../domain/tuning.ts'
import type { Bound, SearchProblem, Trial, TrialOutcome } from './problem.ts'

/** Returns what the search of a tuning looks for; `defaults` are those of its engine, as far as they are known. */
export function searchProblem(
  { space, rules, engine, objective, constraints, baseline }: TuningSpec,
  defaults: Configuration,
): SearchProblem {
  return {
    space,
    rules,
    fixed: engine.args,
    objectives: objectiveMetrics(objective).map(({ metric, higherIsBetter }) => ({
      metric,
      direction: higherIsBetter ? 'maximize' : 'minimize',
    })),
    constraints: parsedConstraints(constraints).map(({ constraint: text, ...limit }) => ({ ...limit, text })),
    defaults: { ...defaults, ...baseline },
  }
}

/** What the search needs to know of an experiment. */
export interface KnownExperiment {
  configuration: Configuration
  state: ExperimentState
  excluded: boolean
  /** Null while it has no result. */
  outcome: {
    failure: DiagnosisKind | null
    /** Failed requests count as infinitely late. */
    metrics: Metrics | null
    clientLimited: boolean | null
    cutShort: CutShort | null
  } | null
  durationS: number | null
}

/** Returns what the search may know of a tuning's experiments. What was cancelled may be suggested again. */
export function searchTrials(history: readonly KnownExperiment[]): Trial[] {
  return history
    .filter(({ state }) => state !== 'cancelled')
    .map((experiment) => ({
      configuration: experiment.configuration,
      outcome: outcomeOf(experiment),
      costS: experiment.durationS,
    }))
}

function outcomeOf({ outcome, excluded }: KnownExperiment): TrialOutcome {
  if (outcome === null) return { status: 'pending' }
  if (excluded || outcome.clientLimited === true) return { status: 'void' }
  if (outcome.failure !== null) {
    return isNotItsFault(outcome.failure) ? { status: 'void' } : { status: 'failed', kind: outcome.failure }
  }
  const metrics = outcome.metrics ?? {}
  return outcome.cutShort === null ? { status: 'measured', metrics } : boundedBy(outcome.cutShort, metrics)
}

/** Of a measurement that was cut short the figure that ended it is known by its bound, the others as far as it went. */
function boundedBy({ metric, op, bound }: CutShort, metrics: Metrics): TrialOutcome {
  const bounds: Record<string, Bound> = { [metric]: { op: op === '<=' ? '>=' : '<=', value: bound } }
  return { status: 'measured', metrics: { ...metrics, [metric]: null }, bounds }
}
