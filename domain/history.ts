import type { ConstraintCheck } from './constraint.ts'
import { isNotItsFault } from './diagnosis.ts'
import type { ExperimentKind } from './experiment.ts'
import type { ExperimentResult } from './experiment.ts'
import type { Measurement } from './measurement.ts'
import type { Configuration } from './parameter.ts'
import { objectiveMetric, type Objectives } from './tuning.ts'

/** What is known of one experiment: its plan and, once it is over, its result. */
export interface HistoryEntry {
  number: number
  kind: ExperimentKind
  configuration: Configuration
  result: ExperimentResult | null
  /** Taken out of the competition. */
  excluded: boolean
}

/** Returns the measurement that an experiment is judged by; null when there is none: running, failed, client limited, cut short. */
function soundMeasurement({ result }: Pick<HistoryEntry, 'result'>): Measurement | null {
  if (result?.status !== 'measured') return null
  const { measurement } = result
  return measurement.clientLimited || measurement.cutShort !== undefined ? null : measurement
}

/**
 * Returns the objective's value of an experiment, with each failed request infinitely late, or whoever turns requests away
 * would win; null when it has none to be judged by, or an undefined one.
 */
export function objectiveValue(entry: Pick<HistoryEntry, 'result'>, objective: Objectives): number | null {
  return soundMeasurement(entry)?.metricsWithFailures[objectiveMetric(objective).metric] ?? null
}

/** Returns whether an experiment was measured to the end and meets every constraint. */
export function isFeasible({ result }: Pick<HistoryEntry, 'result'>): boolean {
  return (
    result?.status === 'measured' &&
    result.measurement.cutShort === undefined &&
    result.constraints.every(({ holds }) => holds)
  )
}

function competes({ kind, excluded }: Pick<HistoryEntry, 'kind' | 'excluded'>): boolean {
  return kind !== 'confirmation' && !excluded
}

/**
 * Returns the best experiment: the one with the best objective among those that meet every constraint;
 * the earlier one of equals. Null when none does. Excluded experiments do not compete, nor do confirmation runs: they
 * judge the winner.
 */
export function bestOf<Entry extends HistoryEntry>(history: Entry[], objective: Objectives): Entry | null {
  const { higherIsBetter } = objectiveMetric(objective)
  let best: { entry: Entry; value: number } | null = null
  for (const entry of history) {
    if (!competes(entry) || !isFeasible(entry)) continue
    const value = objectiveValue(entry, objective)
    if (value === null) continue
    if (best === null || (higherIsBetter ? value > best.value : value < best.value)) best = { entry, value }
  }
  return best?.entry ?? null
}

/**
 * Returns whether everything that was tried broke a limit or failed of its own fault. A load generator that was the limit
 * says nothing about the engine, nor does trouble of the host.
 */
export function nothingMeetsLimits(history: HistoryEntry[], objective: Objectives): boolean {
  const tried = history.filter(competes)
  const broke = ({ result }: HistoryEntry) =>
    result?.status === 'failed'
      ? !isNotItsFault(result.diagnosis.kind)
      : objectiveValue({ result }, objective) !== null && !isFeasible({ result })
  return tried.length > 0 && tried.every(broke)
}

/**
 * Returns the experiment that breaks the constraints least, by the largest relative excess of any limit:
 * what to show when nothing meets the SLO. Null when nothing was measured.
 */
export function closestToFeasible<Entry extends HistoryEntry>(history: Entry[]): Entry | null {
  const excess = (entry: Entry): number =>
    entry.result?.status !== 'measured' ? Infinity : Math.max(0, ...entry.result.constraints.map(excessOf))
  const measured = history.filter((entry) => competes(entry) && soundMeasurement(entry) !== null)
  return measured.toSorted((a, b) => excess(a) - excess(b) || a.number - b.number)[0] ?? null
}

/** Returns by how much a limit is broken, as a share of it; 0 when it holds, infinite when nothing was measured. */
export function excessOf({ value, limit, holds }: ConstraintCheck): number {
  if (holds) return 0
  return value === null ? Infinity : Math.abs(value - limit) / Math.max(Math.abs(limit), 1e-9)
}

/** Puts the two columns of the best experiment together; null until there is one with a figure. */
export function bestFigure(
  number: number | null,
  objective: number | null,
): { number: number; objective: number } | null {
  return number === null || objective === null ? null : { number, objective }
}
