import {
  confirmationRuns,
  finalistRules,
  finalistsOf,
  type Candidate,
  type ConfirmationEntry,
} from './confirmation.ts'
import type { Configuration } from './parameter.ts'
import { CONFIDENCE } from './statistics/comparison.ts'
import { pairedGain, type Gain } from './statistics/paired-gain.ts'
import { objectiveMetric, type TuningSpec } from './tuning.ts'

/** Two finalists this close are a tie: the one nearer to the baseline is the one to deploy. */
const TIE = 0.02

/** The runs of a finalist and of the baseline in one block; the baseline's may be still to come. */
export interface ConfirmedPair<Entry> {
  pair: number
  best: Entry
  baseline: Entry | null
}

/** What the confirmation says of a finalist. */
export interface Confirmed<Entry> {
  finalist: Entry
  /** Its runs, as they were measured. */
  runs: Entry[]
  pairs: ConfirmedPair<Entry>[]
  /** Over the baseline; null without a pair. */
  gain: Gain | null
  /** Whether every run of it met every constraint. */
  feasible: boolean
  /** Parameters in which it differs from the baseline. */
  changes: string[]
}

/**
 * Returns the finalists of a tuning, the best of the search first, with what their confirmation says of them;
 * `defaults` are those of its engine, as far as they are known.
 */
export function confirmedFinalists<Entry extends Candidate & ConfirmationEntry>(
  spec: TuningSpec,
  experiments: readonly Entry[],
  defaults: Configuration = {},
): Confirmed<Entry>[] {
  const { higherIsBetter } = objectiveMetric(spec.objective)
  const finalists = finalistsOf(experiments, finalistRules(spec))
  const all = confirmationRuns(
    experiments,
    finalists.map(({ number }) => number),
  ).filter(({ state }) => state === 'completed' || state === 'failed')
  return finalists.map((finalist) => {
    const runs = all.filter(({ role, confirms }) => role === 'best' && confirms === finalist.number)
    const pairs = runs
      .flatMap((best) => {
        const { pair } = best
        const baseline = all.find((run) => run.role === 'baseline' && run.pair === pair) ?? null
        return pair === null ? [] : [{ pair, best, baseline }]
      })
      .toSorted((a, b) => a.pair - b.pair)
    return {
      finalist,
      runs,
      pairs,
      gain: gainOf(pairs, higherIsBetter, {
        resolution: resolutionOf(spec),
        confidence: finalistConfidence(finalists.length),
      }),
      feasible: runs.every(({ feasible }) => feasible === true),
      changes: changedParameters(spec.baseline, finalist.configuration, defaults),
    }
  })
}

/** The relative step in which the objective comes: a search for the capacity ends within its precision. */
export function resolutionOf({ objective, workload: { load } }: TuningSpec): number {
  const isCapacity = objectiveMetric(objective).metric.startsWith('capacity_')
  return isCapacity && 'capacity' in load ? load.capacity.precision : 0
}

/**
 * Returns the confidence of each finalist's interval, as the winner is chosen by the runs that judge it: the largest of
 * many gains that are none is called one too often. One alone errs so in 2.5 % of cases, all together in at most 5 %
 * (Bonferroni), so that from three on each has less.
 */
export function finalistConfidence(finalists: number): number {
  const share = Math.min(1 - CONFIDENCE, (2 * (1 - CONFIDENCE)) / finalists)
  return Math.ceil((1 - share) * 1000 - 1e-9) / 1000
}

function gainOf(
  pairs: readonly ConfirmedPair<Candidate>[],
  higherIsBetter: boolean,
  precision: { resolution: number; confidence: number },
): Gain | null {
  const whole = pairs.flatMap(({ best: { objective: best }, baseline: before }) => {
    const baseline = before?.objective ?? null
    return best === null || baseline === null ? [] : [{ best, baseline }]
  })
  return pairedGain(
    whole.map(({ baseline }) => baseline),
    whole.map(({ best }) => best),
    higherIsBetter,
    precision,
  )
}

/**
 * Returns the finalist to deploy: of those that met every constraint in every run the one with the largest gain; of
 * those within 2 % of it the one that differs least from the baseline. The first when nothing was confirmed; null
 * without finalists. Where none has a gain, the first that met every constraint.
 */
export function winnerOf<Entry>(finalists: readonly Confirmed<Entry>[]): Confirmed<Entry> | null {
  const feasible = finalists.filter((confirmed) => confirmed.feasible)
  const judged = (feasible.length > 0 ? feasible : finalists).flatMap((confirmed) =>
    confirmed.gain === null ? [] : { confirmed, ratio: confirmed.gain.ratio },
  )
  const most = Math.max(...judged.map(({ ratio }) => ratio))
  const [nearest] = judged
    .filter(({ ratio }) => ratio >= most / (1 + TIE))
    .toSorted((a, b) => a.confirmed.changes.length - b.confirmed.changes.length || b.ratio - a.ratio)
  return nearest?.confirmed ?? feasible[0] ?? finalists[0] ?? null
}

/** Returns the names of the parameters in which two configurations differ; what one does not set has its default, where that is known. */
export function changedParameters(
  from: Configuration,
  to: Configuration,
  defaults: Configuration = {},
): string[] {
  const valueIn = (configuration: Configuration, name: string) => configuration[name] ?? defaults[name]
  return Object.keys({ ...from, ...to })
    .toSorted()
    .filter((name) => valueIn(from, name) !== valueIn(to, name))
}
