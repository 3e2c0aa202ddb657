import type { Load } from '../domain/workload.ts'
import type { Random } from './random.ts'

export type RateLoad = Extract<Load, { rate: number }>

/**
 * Yields when each request of an open loop is due, in milliseconds from the start, without end. The schedule is
 * absolute and depends on the seed alone, so a late send never shifts a later one. Poisson arrivals have
 * exponential gaps of mean 1/rate.
 */
export function* arrivalTimes(load: RateLoad, random: Random): Generator<number, never> {
  const gapMs = 1000 / load.rate
  if (load.arrivals === 'constant') {
    for (let index = 0; ; index += 1) yield index * gapMs
  }
  for (let at = 0; ;) {
    at -= Math.log(1 - random.unit()) * gapMs
    yield at
  }
}
