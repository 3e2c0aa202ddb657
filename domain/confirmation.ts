import type { ConfirmationRole, ExperimentPlan, ExperimentState } from './experiment.ts'
import type { Configuration } from './parameter.ts'
import { configurationKey, spaceSize } from './space.ts'
import { objectiveMetric, type TuningSpec } from './tuning.ts'

/** A candidate this close to the best measurement may be as good: the best is also the luckiest. */
const WITHIN_REACH = 0.05

/** What the choice of finalists needs to know of an experiment. */
export interface Candidate {
  number: number
  kind: ExperimentPlan['kind']
  configuration: Configuration
  /** Null when it has no figure. */
  objective: number | null
  /** Whether it met every constraint. */
  feasible: boolean | null
  excluded: boolean
}

/** How finalists are chosen. */
export interface FinalistRules {
  higherIsBetter: boolean
  baseline: Configuration
  /** At most so many. */
  most: number
  /** The space is one configuration: it is held against the baseline, whatever its one measurement in the search came to. */
  given: boolean
}

/** Returns the figure from which on a candidate may be as good as one of this value. */
function reachOf(value: number, higherIsBetter: boolean): number {
  return higherIsBetter ? value * (1 - WITHIN_REACH) : value * (1 + WITHIN_REACH)
}

/** Returns what a figure must come to, to be worth confirming; null while nothing met every constraint. */
export function hurdleOf(history: readonly Candidate[], higherIsBetter: boolean): number | null {
  const [best] = ranked(history, higherIsBetter)
  return best === undefined ? null : reachOf(best.value, higherIsBetter)
}

/** Returns the rules of a request. */
export function finalistRules({ objective, baseline, confirmation, space }: TuningSpec): FinalistRules {
  const { higherIsBetter } = objectiveMetric(objective)
  return { higherIsBetter, baseline, most: confirmation.finalists, given: spaceSize(space, {}) === 1 }
}

/**
 * Returns the experiments whose configurations are worth confirming, the best first: the best, and others that come
 * within 5 % of it. None when the baseline itself is the best.
 */
export function finalistsOf<Entry extends Candidate>(
  history: readonly Entry[],
  { higherIsBetter, baseline, most, given }: FinalistRules,
): Entry[] {
  const own = configurationKey(baseline)
  const all = ranked(history, higherIsBetter).filter(({ key }) => !given || key !== own)
  const [first] = all
  if (first === undefined || first.key === own) return []
  const reach = reachOf(first.value, higherIsBetter)
  const distinct = all.filter(
    ({ key, value }, index) =>
      key !== own &&
      (higherIsBetter ? value >= reach : value <= reach) &&
      all.findIndex((other) => other.key === key) === index,
  )
  return distinct.slice(0, most).map(({ entry }) => entry)
}

/** What met every constraint, the best first. */
function ranked<Entry extends Candidate>(history: readonly Entry[], higherIsBetter: boolean) {
  return history
    .flatMap((entry) =>
      entry.kind !== 'confirmation' && !entry.excluded && entry.feasible === true && entry.objective !== null
        ? { entry, key: configurationKey(entry.configuration), value: entry.objective }
        : [],
    )
    .toSorted(
      (a, b) => (higherIsBetter ? b.value - a.value : a.value - b.value) || a.entry.number - b.entry.number,
    )
}

/** What is known of a run of a confirmation. */
export type ConfirmationEntry = ExperimentPlan & { state: ExperimentState; excluded: boolean }

/** The next run of a confirmation: of which configuration, and in which block. */
export interface ConfirmationRun {
  role: ConfirmationRole
  pair: number
  /** The finalist that it confirms; of the baseline, the first. */
  confirms: number
}

/**
 * Returns the next run of the confirmation of these finalists, or null when all blocks are there. The baseline and the
 * finalists take turns, in the opposite order in every second block (ABBA), so that a drift of the machine falls on
 * all alike; runs that were cancelled or excluded are done again.
 */
export function nextConfirmation(
  history: readonly ConfirmationEntry[],
  finalists: readonly number[],
  pairs: number,
): ConfirmationRun | null {
  const [first] = finalists
  if (first === undefined) return null
  const done = confirmationRuns(history, finalists)
  for (let pair = 0; pair < pairs; pair++) {
    const block: ConfirmationRun[] = [
      { role: 'baseline', pair, confirms: first },
      ...finalists.map((confirms) => ({ role: 'best' as const, pair, confirms })),
    ]
    const next = (pair % 2 === 0 ? block : block.toReversed()).find(
      ({ role, confirms }) =>
        !done.some((run) => run.pair === pair && run.role === role && run.confirms === confirms),
    )
    if (next !== undefined) return next
  }
  return null
}

/**
 * Returns the runs that count for the confirmation of these finalists. A confirmation that was held before of one of
 * them, beside another best, does not: it was not in turn with these.
 */
export function confirmationRuns<Entry extends ConfirmationEntry>(
  history: readonly Entry[],
  finalists: readonly number[],
): Entry[] {
  const [first] = finalists
  const baselines = history.filter(({ role, confirms }) => role === 'baseline' && confirms === first)
  const start = Math.min(...baselines.map(({ number }) => number))
  const counts = ({ state, excluded }: Entry) => state !== 'cancelled' && !excluded
  return [
    ...baselines.filter(counts),
    ...history
      .filter(counts)
      .filter(
        ({ role, confirms, number }) =>
          role === 'best' && confirms !== null && finalists.includes(confirms) && number > start,
      ),
  ]
}
