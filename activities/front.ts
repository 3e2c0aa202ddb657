import type { StoredExperiment } from '../database/experiments.ts'
import { isFeasible } from '../domain/history.ts'
import type { Report } from '../domain/report.ts'
import { objectiveMetrics, type Objectives } from '../domain/tuning.ts'
import { paretoFront, type Pair } from '../search/pareto.ts'

/**
 * Returns the experiments that meet every constraint and that none of these beats in both objectives, the best in the
 * first one first; null with one objective.
 */
export function frontOf(
  experiments: readonly Pick<StoredExperiment, 'number' | 'kind' | 'excluded' | 'result'>[],
  objective: Objectives,
): Report['front'] {
  const [first, second] = objectiveMetrics(objective)
  if (first === undefined || second === undefined) return null
  const candidates = experiments.flatMap(({ number, kind, excluded, result }) => {
    if (result?.status !== 'measured' || kind === 'confirmation' || excluded) return []
    const { metricsWithFailures: metrics, clientLimited } = result.measurement
    const values = [metrics[first.metric], metrics[second.metric]]
    const [a, b] = values
    if (!isFeasible({ result }) || clientLimited || a == null || b == null) return []
    const pair: Pair = [first.higherIsBetter ? a : -a, second.higherIsBetter ? b : -b]
    return [{ number, values: [a, b], pair }]
  })
  const found = new Map(candidates.map((candidate) => [candidate.pair, candidate]))
  return {
    objectives: [first, second],
    experiments: paretoFront(candidates.map(({ pair }) => pair)).flatMap((pair) => {
      const candidate = found.get(pair)
      return candidate === undefined ? [] : [{ number: candidate.number, values: candidate.values }]
    }),
  }
}
