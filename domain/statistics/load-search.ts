import type { LevelVerdict } from './sequential.ts'

/** A level of load that was tried, and what came of it. */
export interface TriedLevel {
  load: number
  verdict: LevelVerdict
  /** Share of requests that met the SLO. */
  share: number
}

const LEAP = 4
/** Where nobody says, the search begins at this part of the greatest load. */
export const RANGE = 64

export interface LoadRange {
  from: number
  upTo: number
  /** Relative width at which the search ends; whole loads end at neighbours. */
  precision: number
  whole: boolean
  attainment: number
}

/**
 * Returns the next load to try in the search for the highest that holds, or null when the search is over: halving the
 * range in the logarithm, with an undecided level taken for what its share says. Pure: the same levels give the same
 * next one.
 */
export function nextLoad(range: LoadRange, tried: readonly TriedLevel[]): number | null {
  const { low, high } = bracket(range, tried)
  const has = (load: number) => tried.some((level) => level.load === load)
  if (low === null && high !== null && high <= range.from) return null
  if (high === null && low !== null && low >= range.upTo) return null
  // Upwards in leaps, while nothing has failed: the upper end itself may be far beyond what the server bears.
  if (high === null && low !== null) return Math.min(range.upTo, low * LEAP)
  const below = low ?? range.from
  const above = high ?? range.upTo
  const fine = above / below <= 1 + range.precision || (range.whole && above - below <= 1)
  if (fine) return low === null && !has(range.from) ? range.from : null
  const middle = Math.sqrt(below * above)
  return range.whole ? Math.min(above - 1, Math.max(below + 1, Math.round(middle))) : middle
}

/** The highest load that seems to hold and the lowest above it that seems not to. */
function bracket(
  { attainment }: LoadRange,
  tried: readonly TriedLevel[],
): { low: number | null; high: number | null } {
  const holds = ({ verdict, share }: TriedLevel) =>
    verdict === 'holds' || (verdict === 'open' && share >= attainment)
  const failing = tried.filter((level) => !holds(level)).map(({ load }) => load)
  const high = failing.length === 0 ? null : Math.min(...failing)
  const holding = tried.filter((level) => holds(level) && (high === null || level.load < high))
  return { low: holding.length === 0 ? null : Math.max(...holding.map(({ load }) => load)), high }
}

/** What the levels together say of the capacity: between the highest that was shown to hold and the lowest shown to fail. */
export function capacityOf(
  range: LoadRange,
  tried: readonly TriedLevel[],
): { capacity: number | null; low: number | null; high: number | null } {
  const failed = tried.filter(({ verdict }) => verdict === 'fails').map(({ load }) => load)
  const high = failed.length === 0 ? null : Math.min(...failed)
  const held = tried.filter(({ verdict, load }) => verdict === 'holds' && (high === null || load < high))
  const low = held.length === 0 ? null : Math.max(...held.map(({ load }) => load))
  return { capacity: bracket(range, tried).low, low, high }
}

/** Returns how many levels a search tries at most: to the far end in leaps, then halving what is left to its precision. */
export function mostLevels({
  upTo,
  from = upTo / RANGE,
  precision,
}: Pick<LoadRange, 'upTo' | 'precision'> & { from?: number | undefined }): number {
  const width = Math.log(Math.max(upTo / from, LEAP))
  return 2 + Math.ceil(width / Math.log(LEAP)) + Math.ceil(Math.log2(width / Math.log1p(precision)))
}
