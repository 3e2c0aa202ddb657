import type { StoredExperiment } from '../database/experiments.ts'
import type { SearchStop } from '../database/search-stop.ts'
import type { StoredTuning } from '../database/tunings.ts'
import { NOTICEABLE } from '../domain/comparison.ts'
import { changedParameters, confirmedFinalists, winnerOf } from '../domain/confirmation-outcome.ts'
import { figure, percentChange } from '../domain/figures.ts'
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

/** Computes the report of a tuning from all of its experiments. */
export function makeReport(
  { id, spec, created_at }: StoredTuning,
  experiments: StoredExperiment[],
  { stop, insight, now }: { stop: SearchStop | null; insight: Insight | null; now: Date },
): Report {
  const { metric, higherIsBetter } = objectiveMetric(spec.objective)
  const baseline = experiments.findLast(({ kind, excluded }) => kind === 'baseline' && !excluded) ?? null
  const finalists = confirmedFinalists(spec, experiments)
  const winner = winnerOf(finalists)
  const feasibleBest = winner?.finalist ?? bestOf(experiments, spec.objective)
  const best = feasibleBest ?? closestToFeasible(experiments)
  const gain = winner?.gain ?? null
  const confirmedBest = winner?.runs ?? []
  const runsOfBest = best === null ? [] : [best, ...confirmedBest]
  const verdict = decide({
    best,
    feasible: feasibleBest !== null,
    isBaseline: best !== null && configurationKey(best.configuration) === configurationKey(spec.baseline),
    gain,
  })

  return {
    tuningId: id,
    name: spec.name,
    verdict,
    headline: headline(verdict, metric, gain, best) + troubleText(verdict, confirmedBest),
    objective: { metric, higherIsBetter },
    front: frontOf(experiments, spec.objective),
    best: best === null ? null : reported(best),
    baseline: baseline === null ? null : reported(baseline),
    changes: best === null ? [] : changesOf(spec.baseline, best.configuration),
    gain,
    confirmation: (winner?.pairs ?? []).map(({ pair, best: of, baseline: before }) => ({
      pair,
      best: of.objective,
      baseline: before?.objective ?? null,
      missing: missingText({ best: of, baseline: before }, metric),
    })),
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
    stopped: spec.budget.stop === 'off' ? null : (stop?.reason ?? null),
    insight,
    durationMs: now.getTime() - created_at.getTime(),
    createdAt: now.toISOString(),
  }
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

function changesOf(from: Configuration, to: Configuration): Report['changes'] {
  return changedParameters(from, to).map((parameter) => ({
    parameter,
    from: from[parameter] ?? null,
    to: to[parameter] ?? null,
  }))
}

function decide(known: {
  best: StoredExperiment | null
  feasible: boolean
  isBaseline: boolean
  gain: Gain | null
}): Verdict {
  if (known.best === null) return 'nothing_measured'
  if (!known.feasible) return 'nothing_feasible'
  if (known.isBaseline) return 'baseline_best'
  return known.gain?.verdict ?? 'not_settled'
}

function headline(
  verdict: Verdict,
  metric: string,
  gain: Gain | null,
  best: StoredExperiment | null,
): string {
  const name = `experiment ${best?.number}`
  switch (verdict) {
    case 'better':
      return `Experiment ${best?.number} is better than the baseline: ${gainText(gain, metric)}`
    case 'worse':
      return `Experiment ${best?.number} won the search but not the confirmation: ${gainText(gain, metric)}. Keep the baseline`
    case 'no_difference':
      return `No difference within ${NOTICEABLE * 100} % between the best experiment and the baseline: ${gainText(gain, metric)}`
    case 'not_settled':
      return `Not settled whether ${name} is better than the baseline: ${gainText(gain, metric)}${missing(gain)}`
    case 'baseline_best':
      return 'The baseline is the best of what was tried'
    case 'nothing_feasible':
      return `Nothing met every limit; ${name} comes closest${binding(best)}`
    case 'nothing_measured':
      return 'Nothing could be measured'
  }
}

/** Counts runs of the confirmation that failed or broke a limit, where the verdict itself does not advise against the best. */
function troubleText(verdict: Verdict, runs: StoredExperiment[]): string {
  if (verdict === 'worse' || verdict === 'nothing_feasible') return ''
  const failed = runs.filter(({ state }) => state === 'failed').length
  const broken = runs.filter((run) => !isFeasible(run)).length - failed
  const troubles = [
    ...(failed === 0 ? [] : [`failed in ${failed}`]),
    ...(broken === 0 ? [] : [`broke a limit in ${broken}`]),
  ]
  if (troubles.length === 0) return ''
  return `. It ${troubles.join(' and ')} of ${runs.length} runs of the confirmation`
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

function gainText(gain: Gain | null, metric: string): string {
  if (gain === null) return 'not confirmed'
  const { ratio, low, high, pairs, confidence } = gain
  return low === null || high === null
    ? `${percentChange(ratio)} in one pair, which gives no interval`
    : `${percentChange(ratio)} ${metricLabel(metric)}, ${confidence * 100} % interval [${percentChange(low)}, ${percentChange(high)}], ${pairs} pairs`
}

function missing(gain: Gain | null): string {
  const more = gain?.morePairs ?? null
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
