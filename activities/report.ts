import type { StoredExperiment } from '../database/experiments.ts'
import type { SearchStop } from '../database/search-stop.ts'
import type { StoredTuning } from '../database/tunings.ts'
import {
  changedParameters,
  confirmedFinalists,
  resolutionOf,
  winnerOf,
} from '../domain/confirmation-outcome.ts'
import { durationMs } from '../domain/duration.ts'
import { bestOf, closestToFeasible, isFeasible } from '../domain/history.ts'
import type { Insight } from '../domain/insight.ts'
import { metricLabel } from '../domain/metric-words.ts'
import type { Configuration } from '../domain/parameter.ts'
import type { Report } from '../domain/report.ts'
import { configurationKey, countAllowed } from '../domain/space.ts'
import { objectiveMetric } from '../domain/tuning.ts'
import { deployCommand } from '../engines/deploy.ts'
import { frontOf } from './front.ts'
import { decide, headline, troubleOf, type Outcome } from './verdict.ts'

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
  const objective = objectiveMetric(spec.objective)
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
    missing: missingText({ best: of, baseline: before }, objective.metric),
  }))
  const outcome: Outcome = {
    best,
    feasible: feasibleBest !== null,
    isBaseline: best !== null && configurationKey(best.configuration) === configurationKey(spec.baseline),
    gain,
    pairs,
    objective,
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
    objective,
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
    ...(result?.status === 'measured' && result.measurement.clientLimited ? { clientLimited: true } : {}),
  }
}

function changesOf(from: Configuration, to: Configuration, defaults: Configuration): Report['changes'] {
  return changedParameters(from, to, defaults).map((parameter) => ({
    parameter,
    from: from[parameter] ?? null,
    to: to[parameter] ?? null,
  }))
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
