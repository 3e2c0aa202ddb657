import type { NewPlan, PlannedExperiment } from '../database/plans.ts'
import type { SearchStop } from '../database/search-stop.ts'
import { finalistRules, finalistsOf, hurdleOf, nextConfirmation } from '../domain/confirmation.ts'
import { mayCutShort } from '../domain/cut-short.ts'
import type { Configuration } from '../domain/parameter.ts'
import { objectiveMetric, type TuningSpec } from '../domain/tuning.ts'
import { engineDefaults } from '../engines/index.ts'
import { stopReason } from '../search/stop.ts'
import type { SearchThread } from '../search/thread/search-thread.ts'
import { searchProblem, searchTrials } from '../search/tuning-history.ts'

/** What the next experiment is to be; `again` repeats one that was not finished, or is to be replaced. */
export type PlanRequest =
  | { kind: 'baseline' }
  | { kind: 'search' }
  | { kind: 'confirmation' }
  | { kind: 'manual'; configuration: Configuration; by: string }
  | { kind: 'again'; of: number; replaces: boolean; by: string }

/** Decides what an experiment tries, or that the search ends here; null when there is nothing left of what is wanted. */
export async function makePlan(
  spec: TuningSpec,
  history: PlannedExperiment[],
  wanted: PlanRequest,
  search: SearchThread,
  earlierHistories: () => Promise<PlannedExperiment[][]>,
): Promise<NewPlan | SearchStop | null> {
  switch (wanted.kind) {
    case 'baseline': {
      const isDefault = Object.keys(spec.baseline).length === 0
      const reason = isDefault ? "the engine's defaults" : 'the configuration to compare with'
      return { kind: 'baseline', configuration: spec.baseline, reason }
    }
    case 'search': {
      const problem = {
        ...searchProblem(spec, engineDefaults(spec.engine.kind)),
        earlier: (await earlierHistories()).map(searchTrials),
      }
      const trials = searchTrials(history)
      const suggestion = await search.suggest(problem, trials, spec.seed, spec.search)
      if (suggestion === null) return null
      const { kind, configuration, reason, expectedGain } = suggestion
      const stopped = stopReason(spec.budget.stop, problem, trials, suggestion, spec.parallelism)
      if (stopped !== null && expectedGain !== null) return { reason: stopped, expectedGain }
      // A repetition is there for its figure.
      const hurdle =
        kind !== 'replicate' && mayCutShort(spec)
          ? hurdleOf(history, objectiveMetric(spec.objective).higherIsBetter)
          : null
      return { kind: 'search', configuration, reason, hurdle }
    }
    case 'confirmation':
      return planConfirmation(spec, history)
    case 'manual':
      return { kind: 'manual', configuration: wanted.configuration, reason: `added by ${wanted.by}` }
    case 'again': {
      const original = history.find(({ number }) => number === wanted.of)
      if (original === undefined) return null
      const { kind, configuration, role, pair, confirms } = original
      // Who asks for it again wants the whole of it.
      const hurdle = wanted.replaces ? null : original.hurdle
      const reason = wanted.replaces
        ? `experiment ${wanted.of} again, asked for by ${wanted.by}`
        : `experiment ${wanted.of} again, which was stopped`
      const replaces = wanted.replaces ? wanted.of : original.replaces
      return { kind, configuration, role, pair, confirms, replaces, hurdle, reason }
    }
  }
}

function planConfirmation(spec: TuningSpec, history: PlannedExperiment[]): NewPlan | null {
  const finalists = finalistsOf(history, finalistRules(spec))
  const numbers = finalists.map(({ number }) => number)
  const { pairs } = spec.confirmation
  const run = nextConfirmation(history, numbers, pairs)
  if (run === null) return null
  const { role, pair, confirms } = run
  const block = `block ${pair + 1} of ${pairs}`
  if (role === 'baseline') {
    const reason = `the baseline, to confirm experiment${numbers.length === 1 ? '' : 's'} ${numbers.join(' and ')}: ${block}`
    return { kind: 'confirmation', configuration: spec.baseline, reason, role, pair, confirms }
  }
  const finalist = finalists.find(({ number }) => number === confirms)
  if (finalist === undefined) return null
  const { configuration } = finalist
  return {
    kind: 'confirmation',
    configuration,
    reason: `confirm experiment ${confirms}: ${block}`,
    role,
    pair,
    confirms,
  }
}
