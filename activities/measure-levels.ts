import { searchCapacity } from '../loadgen/capacity.ts'
import type { LoadResult } from '../loadgen/result.ts'
import type { ThreadRunOptions } from '../loadgen/thread.ts'
import type { Measured } from './measure-undisturbed.ts'

/**
 * Searches for the capacity, each level of load measured by itself: what disturbs one costs the time of that one alone.
 * The circumstances are those of the level whose figures are shown.
 */
export async function measureLevels(
  load: ThreadRunOptions,
  measure: (level: ThreadRunOptions, at: string) => Promise<Measured<LoadResult>>,
): Promise<Measured<LoadResult>> {
  const levels: Measured<LoadResult>[] = []
  const result = await searchCapacity(load, async (level, at) => {
    const measured = await measure(level, at)
    levels.push(measured)
    return measured.result
  })
  const shown = levels.find(({ result: { records } }) => records === result.records)
  return {
    result,
    machine: shown?.machine ?? null,
    server: shown?.server ?? null,
    disturbed: levels.some(({ disturbed }) => disturbed),
    repeats: levels.flatMap(({ repeats }) => repeats),
  }
}
