import { availableParallelism } from 'node:os'
import type { Load } from '../domain/workload.ts'

/** What one thread can do with room to spare. */
const PER_THREAD = { streams: 768, rate: 2000 }

/** Returns how many threads a load seems to need, on the cores that the machine can spare. */
export function threadsFor(load: Load): number {
  const spare = Math.max(1, availableParallelism() - 1)
  const needed =
    'concurrency' in load ? load.concurrency / PER_THREAD.streams : highestRate(load) / PER_THREAD.rate
  return Math.min(spare, Math.max(1, Math.ceil(needed)))
}

/** Returns the most requests per second that a load reaches, as far as it says; 0 where a file does. */
export function highestRate(load: Load): number {
  if ('rate' in load) return load.rate
  if ('ramp' in load) return Math.max(load.ramp.from, load.ramp.to)
  if ('bursts' in load) return Math.max(load.bursts.rate, load.bursts.rateBetween)
  return 0
}
