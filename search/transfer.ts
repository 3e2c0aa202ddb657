import type { Configuration } from '../domain/parameter.ts'
import { configurationKey } from '../domain/space.ts'
import { usableTrials } from './history.ts'
import type { SearchProblem, Trial } from './problem.ts'
import { observedQuality, type Quality } from './trial-selection.ts'

/** So many of the best of each earlier search are tried again. */
const STARTS = 3

/**
 * Returns the next configuration to try because it was among the best of an earlier search, judged by the limits and the
 * objective of this one; null when there is none left. Of an earlier search whose best turns out here no better than what
 * this one began with nothing more is tried: it is another problem. So it can cost one trial, and no more. `complete`
 * gives values to parameters that the earlier search left out; what is not `allowed` here is passed over.
 */
export function transferredStart(
  problem: SearchProblem,
  earlier: readonly (readonly Trial[])[],
  trials: readonly Trial[],
  complete: (configuration: Configuration) => Configuration,
  allowed: (configuration: Configuration) => boolean,
): Configuration | null {
  const [first] = trials
  const found = new Map(trials.map((trial) => [configurationKey(trial.configuration), trial]))
  for (const history of earlier) {
    for (const configuration of bestOf(problem, history).map(complete).filter(allowed)) {
      const trial = found.get(configurationKey(configuration))
      if (trial === undefined) return configuration
      const judged = trial.outcome.status === 'measured' || trial.outcome.status === 'failed'
      if (!judged || trial === first || first === undefined) continue
      if (!isBetter(observedQuality(problem, trial), observedQuality(problem, first))) break
    }
  }
  return null
}

function isBetter(a: Quality, b: Quality): boolean {
  return a.violation < b.violation || (a.violation === b.violation && a.value > b.value)
}

/** Different measured configurations of an earlier search, the best first. */
function bestOf(problem: SearchProblem, history: readonly Trial[]): Configuration[] {
  const ranked = usableTrials(problem, history)
    // An empty one is the defaults, which every search begins with.
    .filter(
      ({ configuration, outcome }) =>
        Object.keys(configuration).length > 0 &&
        outcome.status === 'measured' &&
        outcome.bounds === undefined,
    )
    .map(({ configuration, ...trial }) => ({
      configuration,
      ...observedQuality(problem, { configuration, ...trial }),
    }))
    .toSorted((a, b) => a.violation - b.violation || b.value - a.value)
  const unique = new Map(ranked.map(({ configuration }) => [configurationKey(configuration), configuration]))
  return [...unique.values()].slice(0, STARTS)
}
