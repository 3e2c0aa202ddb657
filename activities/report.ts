import type { StoredExperiment } from '../database/experiments.ts'
import type { SearchStop } from '../database/search-stop.ts'
import type { StoredTuning } from '../database/tunings.ts'
import { bestOf, closestToFeasible, isFeasible, objectiveValue } from '../domain/history.ts'
import type { Configuration } from '../domain/parameter.ts'
import type { Report, Verdict } from '../domain/report.ts'
import { configurationKey, countAllowed } from '../domain/space.ts'
import { pairedGain, type Gain } from '../domain/statistics/paired-gain.ts'
import { objectiveMetric } from '../domain/tuning.ts'
import { deployCommand } from '../engines/deploy.ts'

/** A gain whose interval lies within this of 1 is no difference worth a change. */
const EQUIVALENCE = 0.02

/** Computes the report of a tuning from all of its experiments. */
export function makeReport(
  { id, spec, created_at }: StoredTuning,
  experiments: StoredExperiment[],
  stop: SearchStop | null,
  now: Date,
): Report {
  const { metric, higherIsBetter } = objectiveMetric(spec.objective)
  const baseline = experiments.findLast(({ kind, excluded }) => kind === 'baseline' && !excluded) ?? null
  const feasibleBest = bestOf(experiments, spec.objective)
  const best = feasibleBest ?? closestToFeasible(experiments)

  const runs = experiments.filter(
    ({ confirms, excluded, state }) =>
      confirms === best?.number && !excluded && (state === 'completed' || state === 'failed'),
  )
  const confirmation = confirmationPairs(runs, spec.objective)
  const gain = pairedGain(
    confirmation.flatMap(({ best: b, baseline: a }): [number, number][] =>
      a === null || b === null ? [] : [higherIsBetter ? [b, a] : [a, b]],
    ),
  )
  const confirmedBest = runs.filter(({ role }) => role === 'best')
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
    headline: headline(verdict, metric, gain, best),
    objective: { metric, higherIsBetter },
    best: best === null ? null : reported(best),
    baseline: baseline === null ? null : reported(baseline),
    changes: best === null ? [] : changesOf(spec.baseline, best.configuration),
    gain,
    confirmation,
    constraintsHold: spec.constraints.length === 0 || best === null ? null : runsOfBest.every(isFeasible),
    constraintsInConfirmation: spec.constraints.map((constraint) => {
      const checks = confirmedBest.flatMap(({ result }) =>
        result?.status === 'measured'
          ? result.constraints.filter((check) => check.constraint === constraint)
          : [],
      )
      const values = checks.flatMap(({ value }) => (value === null ? [] : [value]))
      const worst = constraint.includes('<=') ? Math.max(...values) : Math.min(...values)
      return {
        constraint,
        held: checks.filter(({ holds }) => holds).length,
        runs: confirmedBest.length,
        worst: values.length === 0 ? null : worst,
      }
    }),
    command: !best?.conditions
      ? null
      : deployCommand(spec.engine.kind, { ...spec.engine.args, ...best.configuration }, best.conditions),
    experiments: {
      completed: experiments.filter(({ state }) => state === 'completed').length,
      failed: experiments.filter(({ state }) => state === 'failed').length,
      total: experiments.length,
      spaceSize: countAllowed(spec.space, spec.rules, spec.engine.args),
    },
    stopped: spec.budget.stop === 'off' ? null : (stop?.reason ?? null),
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

function confirmationPairs(
  runs: StoredExperiment[],
  objective: StoredTuning['spec']['objective'],
): Report['confirmation'] {
  const valueOf = (pair: number, role: 'best' | 'baseline') => {
    const run = runs.find((experiment) => experiment.pair === pair && experiment.role === role)
    return run === undefined ? null : objectiveValue(run, objective)
  }
  const pairs = [...new Set(runs.flatMap(({ pair }) => (pair === null ? [] : [pair])))].toSorted(
    (a, b) => a - b,
  )
  return pairs.map((pair) => ({ pair, best: valueOf(pair, 'best'), baseline: valueOf(pair, 'baseline') }))
}

function changesOf(from: Configuration, to: Configuration): Report['changes'] {
  return Object.keys({ ...from, ...to })
    .toSorted()
    .map((parameter) => ({ parameter, from: from[parameter] ?? null, to: to[parameter] ?? null }))
    .filter((change) => change.from !== change.to)
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
  const { gain } = known
  if (gain === null || gain.low === null || gain.high === null) return 'not_settled'
  if (gain.low >= 1 - EQUIVALENCE && gain.high <= 1 + EQUIVALENCE) return 'no_difference'
  if (gain.low > 1) return 'better'
  return gain.high < 1 ? 'worse' : 'not_settled'
}

/** Writes a ratio as a signed change: 1.123 is `+12.3 %`. */
function percent(ratio: number): string {
  const change = (ratio - 1) * 100
  return `${change < 0 ? '−' : '+'}${Math.abs(change).toFixed(1)} %`
}

function headline(
  verdict: Verdict,
  metric: string,
  gain: Gain | null,
  best: StoredExperiment | null,
): string {
  const interval =
    gain === null
      ? 'not confirmed'
      : gain.low === null || gain.high === null
        ? `${percent(gain.ratio)} in one pair, which gives no interval`
        : `${percent(gain.ratio)} ${metric}, 95 % interval [${percent(gain.low)}, ${percent(gain.high)}], ${gain.pairs} pairs`
  switch (verdict) {
    case 'better':
      return `Experiment ${best?.number} is better than the baseline: ${interval}`
    case 'worse':
      return `Experiment ${best?.number} won the search but not the confirmation: ${interval}. Keep the baseline`
    case 'no_difference':
      return `No difference within ${EQUIVALENCE * 100} % between the best experiment and the baseline: ${interval}`
    case 'not_settled':
      return `Not settled whether experiment ${best?.number} is better than the baseline: ${interval}. More pairs would settle it`
    case 'baseline_best':
      return 'The baseline is the best of what was tried'
    case 'nothing_feasible':
      return `Nothing met every limit; experiment ${best?.number} comes closest`
    case 'nothing_measured':
      return 'Nothing could be measured'
  }
}
