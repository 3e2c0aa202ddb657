import type { Insight } from '../../domain/insight.ts'
import { meanOf } from '../../domain/statistics/moments.ts'
import type { Configuration } from '../../domain/parameter.ts'
import { dimensionsOf } from '../encoding.ts'
import { usableTrials } from '../history.ts'
import type { SearchProblem, Trial } from '../problem.ts'
import { recommend } from '../suggest.ts'
import { buildSurrogate, type Surrogate } from '../surrogate.ts'
import { informativeTrials } from '../trial-selection.ts'
import { pairInsights } from './pairs.ts'
import { parameterInsight, type Known } from './parameters.ts'
import { relaxations } from './relaxation.ts'
import { spread } from './variance.ts'
import { View } from './view.ts'

/** Fewer measurements than this tell nothing of a space. */
const LEAST_MEASURED = 3
/** Parameters whose pairs are looked at: those that matter most. */
const PAIRED = 8
/** The best so many configurations are changed to see what a looser limit would buy. */
const CHANGED = 12

/**
 * Returns what a history tells about its space: how much each parameter matters and how, which interact, where failures
 * are to be expected, and what relaxing each constraint would buy. A pure function; of two objectives it looks at the
 * first. Null when fewer than three configurations were measured.
 */
export function insight(problem: SearchProblem, history: readonly Trial[]): Insight | null {
  const trials = usableTrials(problem, history).filter(
    ({ outcome: { status } }) => status === 'measured' || status === 'failed',
  )
  const measured = trials.filter(({ outcome: { status } }) => status === 'measured').length
  const [objective] = problem.objectives
  if (objective === undefined || measured < LEAST_MEASURED) return null
  const dimensions = dimensionsOf(problem.space, problem.defaults)
  const informative = informativeTrials(problem, trials)
  const surrogate = buildSurrogate(problem, dimensions, informative)([])
  const [process, scale] = [surrogate.processes[0], surrogate.scales[0]]
  if (process == null || scale === undefined) return null

  const view = new View(problem, dimensions)
  const points = view.bases.map((base) => view.point(base))
  const predicted = points.map((point) => process.predict(point))
  const unsure = meanOf(predicted.map(({ variance }) => variance))
  const ofMean = process.averages([points]).covariance[0] ?? 0
  const total = spread(predicted.map(({ mean }) => mean)) + Math.max(0, unsure - ofMean)
  const known: Known = { surrogate, process, scale, total: Math.max(total, 1e-12) }

  const best = recommend(problem, history)?.configuration ?? null
  const parameters = dimensions
    .map((dimension) => parameterInsight(view, dimension, known, best))
    .toSorted((a, b) => b.importance.share - a.importance.share || b.total - a.total)
  const byTotal = parameters.toSorted((a, b) => b.total - a.total).slice(0, PAIRED)
  const paired = dimensions.filter(({ name }) => byTotal.some(({ parameter }) => parameter === name))
  const relaxed = relaxations(view, surrogate, bestTried(informative, surrogate, view))
  return {
    objective: { metric: objective.metric, higherIsBetter: objective.direction === 'maximize' },
    experiments: { measured, failed: trials.length - measured },
    parameters,
    pairs: pairInsights(view, paired, known),
    limits: problem.constraints.map(({ metric, op, limit, text }, index) => ({
      constraint: text ?? `${metric} ${op} ${limit}`,
      relaxed: relaxed[index] ?? [],
    })),
  }
}

/** Measured configurations of the best expectation, whatever they break. */
function bestTried(trials: readonly Trial[], surrogate: Surrogate, view: View): Configuration[] {
  return trials
    .flatMap(({ configuration, outcome }) =>
      outcome.status === 'measured'
        ? [{ configuration, mean: surrogate.belief(view.point(configuration)).objectives[0]?.mean ?? 0 }]
        : [],
    )
    .toSorted((a, b) => b.mean - a.mean)
    .slice(0, CHANGED)
    .map(({ configuration }) => configuration)
}
