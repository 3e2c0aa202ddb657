import type { SearchMethod } from '../domain/tuning.ts'
import { usableTrials } from './history.ts'
import { ModelSearch } from './model-based.ts'
import type { Recommendation, SearchProblem, Suggestion, Trial } from './problem.ts'
import { suggestPoints } from './space-filling.ts'

/** A search over one state of knowledge: what it needs is computed once, when it is first asked for. */
export interface Search {
  suggest(count: number, seed: number): Suggestion[]
  recommend(): Recommendation | null
}

/** Opens the search over a history; pending trials are part of it. */
export function openSearch(
  problem: SearchProblem,
  history: readonly Trial[],
  method: SearchMethod = 'model',
): Search {
  const trials = usableTrials(problem, history)
  const model = new ModelSearch(problem, trials, history.length)
  return {
    suggest: (count, seed) =>
      method === 'model' ? model.suggest(count, seed) : suggestPoints(problem, history, count, seed, method),
    recommend: () => model.recommend(),
  }
}

/**
 * Suggests the next configurations: ones that fulfil every rule and that neither the history nor the same answer
 * holds, unless it says that it measures one again. A pure function: the same call gives the same answer on any
 * machine. Returns fewer than `count`, down to none, when the space is used up.
 */
export function suggest(
  problem: SearchProblem,
  history: readonly Trial[],
  count: number,
  seed: number,
  method: SearchMethod = 'model',
): Suggestion[] {
  return openSearch(problem, history, method).suggest(count, seed)
}

/**
 * Returns what the search would recommend now: the measured configuration of the best expectation, constraints
 * considered, which need not be the one of the luckiest measurement. Null when none is likely to meet the constraints.
 */
export function recommend(problem: SearchProblem, history: readonly Trial[]): Recommendation | null {
  return openSearch(problem, history).recommend()
}
