import type { Tuning } from '../../client/client.ts'

/** What is listed: names that hold a text, of one project or (empty) of all. */
export interface TuningFilter {
  search: string
  project: string
  /** Those that were deleted in place of the others. */
  deleted: boolean
}

/** Puts a tuning that has changed in its place, or a new one; `complete` tells that no page is left to load. Pure. */
export function withTuning(
  tunings: Tuning[],
  tuning: Tuning,
  { search, project, deleted }: TuningFilter,
  complete: boolean,
): Tuning[] {
  // What is heard of is not deleted, or not any more.
  if (deleted) return tunings.filter(({ id }) => id !== tuning.id)
  const known = tunings.find(({ id }) => id === tuning.id)
  if (known !== undefined) {
    return known.lastEvent > tuning.lastEvent
      ? tunings
      : tunings.map((other) => (other.id === tuning.id ? tuning : other))
  }
  const oldest = tunings.at(-1)
  if (!tuning.name.toLowerCase().includes(search.toLowerCase())) return tunings
  if (project !== '' && tuning.project !== project) return tunings
  // One that is older than all here belongs to a page that is not loaded.
  if (!complete && oldest !== undefined && tuning.createdAt < oldest.createdAt) return tunings
  return [tuning, ...tunings].toSorted((a, b) => b.createdAt.localeCompare(a.createdAt))
}

/** Adds a page to what is loaded; a tuning that is in both counts once. Pure. */
export function withPage(tunings: Tuning[], page: Tuning[]): Tuning[] {
  const known = new Set(tunings.map(({ id }) => id))
  return [...tunings, ...page.filter(({ id }) => !known.has(id))]
}

/** Counts tunings by state. */
export function countByState(tunings: Tuning[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { state } of tunings) counts[state] = (counts[state] ?? 0) + 1
  return counts
}

/** Adds something to what is chosen, or takes it out. */
export function toggled(chosen: readonly string[], one: string): string[] {
  return chosen.includes(one) ? chosen.filter((other) => other !== one) : [...chosen, one]
}
