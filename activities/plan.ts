import type { NewPlan, PlannedExperiment } from '../database/experiments.ts'
import type { SearchStop } from '../database/search-stop.ts'
import { nextConfirmation } from '../domain/confirmation.ts'
import type { Configuration } from '../domain/parameter.ts'
import { configurationKey } from '../domain/space.ts'
import type { TuningSpec } from '../domain/tuning.ts'
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
  bestNumber: number | null,
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
      const [suggestion] = await search.suggest(problem, trials, 1, spec.seed)
      if (suggestion === undefined) return null
      const { configuration, reason, expectedGain } = suggestion
      const stopped = stopReason(spec.budget.stop, problem, trials, suggestion)
      if (stopped !== null && expectedGain !== null) return { reason: stopped, expectedGain }
      return { kind: 'search', configuration, reason }
    }
    case 'confirmation':
      return planConfirmation(spec, bestNumber, history)
    case 'manual':
      return { kind: 'manual', configuration: wanted.configuration, reason: `added by ${wanted.by}` }
    case 'again': {
      const original = history.find(({ number }) => number === wanted.of)
      if (original === undefined) return null
      const { kind, configuration, role, pair, confirms } = original
      const reason = wanted.replaces
        ? `experiment ${wanted.of} again, asked for by ${wanted.by}`
        : `experiment ${wanted.of} again, which was stopped`
      const replaces = wanted.replaces ? wanted.of : original.replaces
      return { kind, configuration, role, pair, confirms, replaces, reason }
    }
  }
}

function planConfirmation(
  spec: TuningSpec,
  bestNumber: number | null,
  history: PlannedExperiment[],
): NewPlan | null {
  const best = history.find(({ number }) => number === bestNumber)
  if (best === undefined) return null
  if (configurationKey(best.configuration) === configurationKey(spec.baseline)) return null
  const run = nextConfirmation(history, best.number, spec.confirmation.pairs)
  if (run === null) return null
  const { role, pair } = run
  return {
    kind: 'confirmation',
    configuration: role === 'best' ? best.configuration : spec.baseline,
    reason: `confirm experiment ${best.number}: the ${role}, pair ${pair + 1}`,
    role,
    pair,
    confirms: best.number,
  }
}
