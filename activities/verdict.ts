import type { StoredExperiment } from '../database/experiments.ts'
import { NOTICEABLE } from '../domain/comparison.ts'
import { figure, percent } from '../domain/figures.ts'
import { gainChange, gainInterval } from '../domain/gain-words.ts'
import { excessOf, isFeasible } from '../domain/history.ts'
import { constraintText, metricLabel } from '../domain/metric-words.ts'
import type { Report, Verdict } from '../domain/report.ts'
import type { Gain } from '../domain/statistics/paired-gain.ts'

/** What the verdict rests on. */
export interface Outcome {
  best: StoredExperiment | null
  feasible: boolean
  isBaseline: boolean
  gain: Gain | null
  pairs: Report['confirmation']
  objective: Report['objective']
  /** The relative step in which the objective comes. */
  resolution: number
  /** What failed, in words. */
  failures: string[]
  /** Nothing but the baseline was tried. */
  alone: boolean
  /** What went wrong in its runs of the confirmation: `broke a limit in 1 of 3 runs`; null for nothing. */
  troubleOfBest: string | null
  /** The same, its run in the search included. */
  troubleOfBaseline: string | null
}

/** Returns the verdict: of the confirmation, or of what was tried where there was none. */
export function decide({ best, feasible, isBaseline, gain, pairs, ...outcome }: Outcome): Verdict {
  if (best === null) return 'nothing_measured'
  // What broke no limit has no value.
  if (!feasible) return isFeasible(best) ? 'nothing_measured' : 'nothing_feasible'
  if (isBaseline) return 'baseline_best'
  const verdict = gain?.verdict ?? verdictWithoutRatio(pairs, outcome.objective)
  const holdsAlone = outcome.troubleOfBest === null && outcome.troubleOfBaseline !== null
  return holdsAlone && verdict !== 'better' ? 'only_feasible' : verdict
}

/** Over a run that reached nothing there is no ratio; where it is the same side in every pair, that is an answer too. */
function verdictWithoutRatio(
  pairs: Report['confirmation'],
  { higherIsBetter }: Report['objective'],
): 'better' | 'worse' | 'not_settled' {
  const ahead = pairs.flatMap(({ best, baseline }) =>
    best === null || baseline === null ? [] : (best - baseline) * (higherIsBetter ? 1 : -1),
  )
  if (ahead.length < 2) return 'not_settled'
  if (ahead.every((by) => by > 0)) return 'better'
  return ahead.every((by) => by < 0) ? 'worse' : 'not_settled'
}

/** Writes a verdict in a sentence. */
export function headline(verdict: Verdict, outcome: Outcome): string {
  const { best, troubleOfBest, troubleOfBaseline } = outcome
  const name = `experiment ${best?.number}`
  const trouble = troubleOfBest === null ? '' : `. It ${troubleOfBest} of the confirmation`
  switch (verdict) {
    case 'better':
      return `Experiment ${best?.number} is better than the baseline: ${gainText(outcome)}${trouble}`
    case 'worse':
      return `Experiment ${best?.number} won the search but not the confirmation: ${gainText(outcome)}. Keep the baseline`
    case 'no_difference':
      return `No difference within ${NOTICEABLE * 100} % between the best experiment and the baseline: ${gainText(outcome)}${trouble}`
    case 'not_settled':
      return `Not settled whether ${name} is better than the baseline: ${gainText(outcome)}${missing(outcome)}${trouble}`
    case 'only_feasible':
      return `Experiment ${best?.number} held in every run; the baseline ${troubleOfBaseline}${hasPairs(outcome) ? `: ${gainText(outcome)}` : ''}`
    case 'baseline_best':
      return outcome.alone
        ? 'Nothing but the baseline was measured'
        : 'The baseline is the best of what was tried'
    case 'nothing_feasible':
      return `Nothing met every limit; ${name} comes closest${binding(best)}`
    case 'nothing_measured':
      return `Nothing could be measured: ${outcome.failures[0] ?? `no run has a value of ${metricLabel(outcome.objective.metric)}`}`
  }
}

/** Counts the runs that failed or broke a limit; null when none did. */
export function troubleOf(all: (StoredExperiment | null)[]): string | null {
  const runs = all.filter((run) => run !== null)
  const failed = runs.filter(({ state }) => state === 'failed').length
  const broken = runs.filter((run) => !isFeasible(run)).length - failed
  const troubles = [
    ...(failed === 0 ? [] : [`failed in ${failed}`]),
    ...(broken === 0 ? [] : [`broke a limit in ${broken}`]),
  ]
  return troubles.length === 0 ? null : `${troubles.join(' and ')} of ${runs.length} runs`
}

function hasPairs({ gain, pairs }: Outcome): boolean {
  return gain !== null || pairs.some(({ missing: why }) => why === null)
}

function gainText({ gain, pairs, objective: { metric, higherIsBetter } }: Outcome): string {
  const label = metricLabel(metric)
  if (gain === null) {
    const whole = pairs.filter(({ missing: why }) => why === null)
    const values = (of: 'best' | 'baseline') => whole.map((pair) => figure(pair[of])).join(', ')
    return whole.length === 0 ? 'not confirmed' : `${label} ${values('best')} against ${values('baseline')}`
  }
  const { ratio, low, high, pairs: counted, confidence } = gain
  const change = `${gainChange(ratio, higherIsBetter)} ${label}`
  return low === null || high === null
    ? `${change} in one pair, which gives no interval`
    : `${change}, ${confidence * 100} % interval [${gainInterval(low, high, higherIsBetter).join(', ')}], ${counted} pairs`
}

function missing({ gain, resolution }: Outcome): string {
  if (gain === null) return ''
  if (resolution > 0 && gain.morePairs === null)
    return `. The search for the capacity ends within ${percent(resolution)} of it: a smaller workload.load.capacity.precision might settle it`
  const more = gain.morePairs
  return more === null
    ? '. More pairs would settle it'
    : `. ${more} more ${more === 1 ? 'pair' : 'pairs'} would settle it`
}

/** Names the limit that is broken most. */
function binding(best: StoredExperiment | null): string {
  const checks = best?.result?.status === 'measured' ? best.result.constraints : []
  const [worst] = checks.filter(({ holds }) => !holds).toSorted((a, b) => excessOf(b) - excessOf(a))
  return worst === undefined ? '' : `: ${constraintText(worst.constraint)} was ${figure(worst.value)}`
}
