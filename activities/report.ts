import type { StoredExperiment } from '../database/experiments.ts'
import type { SearchStop } from '../database/search-stop.ts'
import type { StoredTuning } from '../database/tunings.ts'
import { NOTICEABLE } from '../domain/comparison.ts'
import {
  changedParameters,
  confirmedFinalists,
  resolutionOf,
  winnerOf,
} from '../domain/confirmation-outcome.ts'
import { durationMs } from '../domain/duration.ts'
import { figure, percent } from '../domain/figures.ts'
import { gainChange, gainInterval } from '../domain/gain-words.ts'
import { bestOf, closestToFeasible, excessOf, isFeasible } from '../domain/history.ts'
import type { Insight } from '../domain/insight.ts'
import { constraintText, metricLabel } from '../domain/metric-words.ts'
import type { Configuration } from '../domain/parameter.ts'
import type { Report, Verdict } from '../domain/report.ts'
import { configurationKey, countAllowed } from '../domain/space.ts'
import type { Gain } from '../domain/statistics/paired-gain.ts'
import { objectiveMetric } from '../domain/tuning.ts'
import { deployCommand } from '../engines/deploy.ts'
import { frontOf } from './front.ts'

interface ReportContext {
  stop: SearchStop | null
  insight: Insight | null
  /** Of the engine, as far as they are known. */
  defaults: Configuration
  now: Date
}

/** Computes the report of a tuning from all of its experiments. */
export function makeReport(
  { id, spec, spent_ms }: StoredTuning,
  experiments: StoredExperiment[],
  { stop, insight, defaults, now }: ReportContext,
): Report {
  const { metric, higherIsBetter } = objectiveMetric(spec.objective)
  const baseline = experiments.findLast(({ kind, excluded }) => kind === 'baseline' && !excluded) ?? null
  const finalists = confirmedFinalists(spec, experiments, defaults)
  const winner = winnerOf(finalists)
  const feasibleBest = winner?.finalist ?? bestOf(experiments, spec.objective)
  const best = feasibleBest ?? closestToFeasible(experiments)
  const gain = winner?.gain ?? null
  const confirmedBest = winner?.runs ?? []
  const runsOfBest = best === null ? [] : [best, ...confirmedBest]
  const pairs = (winner?.pairs ?? []).map(({ pair, best: of, baseline: before }) => ({
    pair,
    best: of.objective,
    baseline: before?.objective ?? null,
    missing: missingText({ best: of, baseline: before }, metric),
  }))
  const outcome: Outcome = {
    best,
    feasible: feasibleBest !== null,
    isBaseline: best !== null && configurationKey(best.configuration) === configurationKey(spec.baseline),
    gain,
    pairs,
    objective: { metric, higherIsBetter },
    resolution: resolutionOf(spec),
    failures: experiments.flatMap(({ result }) =>
      result?.status === 'failed' ? [result.diagnosis.summary] : [],
    ),
    alone: experiments.every(({ kind, state }) => kind === 'baseline' || state === 'cancelled'),
    troubleOfBest: troubleOf(confirmedBest),
    troubleOfBaseline: troubleOf([baseline, ...(winner?.pairs ?? []).map((pair) => pair.baseline)]),
  }
  const verdict = decide(outcome)

  return {
    tuningId: id,
    name: spec.name,
    verdict,
    headline: headline(verdict, outcome),
    objective: { metric, higherIsBetter },
    front: frontOf(experiments, spec.objective),
    best: best === null ? null : reported(best),
    baseline: baseline === null ? null : reported(baseline),
    changes: best === null ? [] : changesOf(spec.baseline, best.configuration, defaults),
    gain,
    confirmation: pairs,
    finalists: finalists.map(({ finalist, changes, gain: own, feasible }) => ({
      number: finalist.number,
      changes: changes.length,
      gain: own,
      feasible,
    })),
    constraintsHold: spec.constraints.length === 0 || best === null ? null : runsOfBest.every(isFeasible),
    constraintsInConfirmation: spec.constraints.map((constraint) => {
      const checks = confirmedBest.flatMap(({ result }) =>
        result?.status === 'measured'
          ? result.constraints.filter((check) => check.constraint === constraint)
          : [],
      )
      const values = checks.flatMap(({ value }) => (value === null ? [] : [value]))
      const known = values.length > 0 && values.length === confirmedBest.length
      const worst = constraint.includes('<=') ? Math.max(...values) : Math.min(...values)
      return {
        constraint,
        held: checks.filter(({ holds }) => holds).length,
        runs: confirmedBest.length,
        worst: known ? worst : null,
      }
    }),
    command: !best?.conditions
      ? null
      : deployCommand(spec.engine.kind, { ...spec.engine.args, ...best.configuration }, best.conditions),
    experiments: {
      completed: experiments.filter(({ state }) => state === 'completed').length,
      failed: experiments.filter(({ state }) => state === 'failed').length,
      cutShort: experiments.filter(
        ({ result }) => result?.status === 'measured' && result.measurement.cutShort !== undefined,
      ).length,
      total: experiments.length,
      spaceSize: countAllowed(spec.space, spec.rules, spec.engine.args),
    },
    stopped: (spec.budget.stop === 'off' ? null : stop?.reason) ?? outOfTime(spec, experiments, spent_ms),
    insight,
    durationMs: busyMs(experiments, now),
    createdAt: now.toISOString(),
  }
}

/** How long experiments ran, those that ran together once. */
function busyMs(experiments: StoredExperiment[], now: Date): number {
  const runs = experiments
    .flatMap(({ started_at, finished_at }) =>
      started_at === null ? [] : { from: started_at.getTime(), to: (finished_at ?? now).getTime() },
    )
    .toSorted((a, b) => a.from - b.from)
  let [busy, until] = [0, 0]
  for (const { from, to } of runs) {
    busy += Math.max(0, to - Math.max(from, until))
    until = Math.max(until, to)
  }
  return busy
}

/** Says that the search's time was over before its experiments were used up; null when it was not. */
function outOfTime(
  { budget }: StoredTuning['spec'],
  experiments: StoredExperiment[],
  spentMs: number,
): string | null {
  const searched = experiments.filter(({ kind, state }) => kind === 'search' && state !== 'cancelled').length
  if (budget.time === undefined || searched >= budget.experiments || spentMs < durationMs(budget.time))
    return null
  return `its time of ${budget.time} was over after ${searched} of ${budget.experiments} experiments`
}

function reported(experiment: StoredExperiment): NonNullable<Report['best']> {
  const { number, configuration, result } = experiment
  return {
    number,
    configuration,
    metrics: result?.status === 'measured' ? result.measurement.metrics : null,
    constraints: result?.status === 'measured' ? result.constraints : [],
    feasible: isFeasible(experiment),
  }
}

function changesOf(from: Configuration, to: Configuration, defaults: Configuration): Report['changes'] {
  return changedParameters(from, to, defaults).map((parameter) => ({
    parameter,
    from: from[parameter] ?? null,
    to: to[parameter] ?? null,
  }))
}

/** What the verdict rests on. */
interface Outcome {
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

function decide({ best, feasible, isBaseline, gain, pairs, ...outcome }: Outcome): Verdict {
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

function headline(verdict: Verdict, outcome: Outcome): string {
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
      return `Experiment ${best?.number} held in every run; the baseline ${troubleOfBaseline}: ${gainText(outcome)}`
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
function troubleOf(all: (StoredExperiment | null)[]): string | null {
  const runs = all.filter((run) => run !== null)
  const failed = runs.filter(({ state }) => state === 'failed').length
  const broken = runs.filter((run) => !isFeasible(run)).length - failed
  const troubles = [
    ...(failed === 0 ? [] : [`failed in ${failed}`]),
    ...(broken === 0 ? [] : [`broke a limit in ${broken}`]),
  ]
  return troubles.length === 0 ? null : `${troubles.join(' and ')} of ${runs.length} runs`
}

/** Says why a pair does not count for the gain; null when it does. */
function missingText(
  pair: { best: StoredExperiment; baseline: StoredExperiment | null },
  metric: string,
): string | null {
  const missing = (['baseline', 'best'] as const).flatMap((role) => {
    const run = pair[role]
    if (run === null) return `${role} not measured`
    if (run.result?.status === 'failed') return `${role} failed: ${run.result.diagnosis.summary}`
    return run.objective === null ? `${role} has no ${metricLabel(metric)}` : []
  })
  return missing.length === 0 ? null : missing.join('; ')
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
