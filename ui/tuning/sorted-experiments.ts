import type { ExperimentBrief } from '../../client/client.ts'

export type SortKey = 'number' | 'kind' | 'state' | 'objective' | 'duration'

/** Returns experiments in an order; those without a value come last either way. */
export function sortedExperiments(
  experiments: ExperimentBrief[],
  key: SortKey,
  descending: boolean,
): ExperimentBrief[] {
  return experiments.toSorted((a, b) => {
    const [left, right] = [sortValue(a, key), sortValue(b, key)]
    if (left === null || right === null)
      return Number(left === null) - Number(right === null) || a.number - b.number
    const order =
      typeof left === 'number' && typeof right === 'number'
        ? left - right
        : String(left).localeCompare(String(right))
    return (descending ? -order : order) || a.number - b.number
  })
}

function sortValue(experiment: ExperimentBrief, key: SortKey): number | string | null {
  if (key !== 'duration') return experiment[key]
  const { startedAt, finishedAt } = experiment
  return startedAt === null || finishedAt === null ? null : Date.parse(finishedAt) - Date.parse(startedAt)
}
