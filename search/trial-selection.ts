import type { SearchProblem, Trial } from './problem.ts'

/** The most trials that enter the models: their cost grows with the third power. */
const MODELLED_TRIALS = 160

/**
 * Returns the trials that the models are built from: all of them, or of many the latest, the best and an even choice
 * of the others, in their order.
 */
export function informativeTrials(problem: SearchProblem, trials: Trial[]): Trial[] {
  if (trials.length <= MODELLED_TRIALS) return trials
  const share = Math.floor(MODELLED_TRIALS / 3)
  const chosen = new Set<number>()
  for (let index = trials.length - share; index < trials.length; index++) chosen.add(index)
  const byQuality = trials.map((trial, index) => ({ index, ...observedQuality(problem, trial) }))
  byQuality.sort((a, b) => a.violation - b.violation || b.value - a.value || a.index - b.index)
  for (const { index } of byQuality.slice(0, share)) chosen.add(index)
  const others = trials.map((_, index) => index).filter((index) => !chosen.has(index))
  const wanted = Math.min(others.length, MODELLED_TRIALS - chosen.size)
  for (let turn = 0; turn < wanted; turn++) {
    const index = others[Math.floor((turn * others.length) / wanted)]
    if (index !== undefined) chosen.add(index)
  }
  return trials.filter((_, index) => chosen.has(index))
}

/** How good a trial was, as observed. */
export interface Quality {
  /** By how much it breaks the constraints, relative to their limits; Infinity when it did not run, or not to the end. */
  violation: number
  value: number
}

/** A violation below this share of the least before is nearer, and not only luck. */
const NEARER = 0.95

/** Returns how many of the latest trials broke the constraints no less than those before. */
export function stalledTrials(problem: SearchProblem, trials: readonly Trial[]): number {
  let least = Infinity
  let stalled = 0
  for (const trial of trials) {
    const { violation } = observedQuality(problem, trial)
    stalled += 1
    if (violation >= NEARER * least) continue
    least = violation
    stalled = 0
  }
  return stalled
}

/** How much a trial breaks the constraints, and its objectives as observed, more being better. */
export function observedQuality({ objectives, constraints }: SearchProblem, { outcome }: Trial): Quality {
  if (outcome.status !== 'measured' || outcome.bounds !== undefined) return { violation: Infinity, value: 0 }
  const known = (metric: string) => outcome.metrics[metric] ?? 0
  const violation = constraints.reduce((sum, { metric, op, limit }) => {
    const excess = (known(metric) - limit) / (Math.abs(limit) || 1)
    return sum + Math.max(0, op === '<=' ? excess : -excess)
  }, 0)
  const value = objectives.reduce((sum, { metric, direction }) => {
    const observed = known(metric)
    const size = observed > 0 ? Math.log(observed) : observed
    return sum + (direction === 'maximize' ? size : -size)
  }, 0)
  return { violation, value }
}
