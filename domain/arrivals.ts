import { durationMs } from './duration.ts'
import { seeded, type Random } from './random.ts'
import type { OpenLoad } from './workload.ts'

const ARRIVALS = 3

/** A load whose times come from a formula, not from a dataset. */
export type ClockedLoad = Exclude<OpenLoad, { trace: unknown }>

/** How long or how many the arrivals are, as far as it is known: a ramp ends with them. */
export interface Extent {
  durationMs: number | null
  requests: number | null
}

/** Returns what the arrivals of a run are drawn from. */
export function arrivalSource(workload: { seed: number }, runSeed: number): Random {
  return seeded(workload.seed, runSeed, ARRIVALS)
}

/** Returns when a stream of a closed loop begins, in milliseconds: one after the other, so that they do not move in step. */
export function streamStartMs(stream: number, streams: number, staggerMs: number): number {
  return (stream / streams) * staggerMs
}

/**
 * Yields when each request of an open loop is due, in milliseconds from the start, without end. The schedule is
 * absolute and depends on the seed alone, so a late send never shifts a later one.
 *
 * Gaps of mean 1 (constant, exponential for Poisson, or gamma with shape k and so a coefficient of variation of
 * 1 / sqrt(k)) are summed and taken through the inverse of the cumulated rate, which gives ramps and bursts the same
 * arrivals in stretched time.
 */
export function* arrivalTimes(load: ClockedLoad, random: Random, extent: Extent): Generator<number, never> {
  const timeOf = inverseOfCumulatedRate(load, extent)
  const gap = gapOf(load, random)
  const exact = 'rate' in load && load.exactCount === true && extent.requests !== null
  const scale = exact ? stretch(load, random.copy(), extent.requests ?? 1) : 1
  // Constant arrivals begin at once, random ones after their first gap.
  for (let sum = load.arrivals === 'constant' ? 0 : gap(); ; sum += gap()) yield timeOf(sum * scale) * 1000
}

function gapOf(load: ClockedLoad, random: Random): () => number {
  if (load.arrivals === 'constant') return () => 1
  if (load.arrivals === 'gamma') {
    const shape = 'burstiness' in load ? (load.burstiness ?? 1) : 1
    return () => random.gamma(shape) / shape
  }
  return () => random.exponential()
}

/** The factor by which n gaps come to n exactly. */
function stretch(load: ClockedLoad, random: Random, requests: number): number {
  const gap = gapOf(load, random)
  let sum = 0
  for (let index = 0; index < requests; index += 1) sum += gap()
  return requests / sum
}

/** Returns the time in seconds at which so many requests are due. */
function inverseOfCumulatedRate(load: ClockedLoad, extent: Extent): (requests: number) => number {
  if ('rate' in load) return (requests) => requests / load.rate
  if ('bursts' in load) {
    const { rate, on, off, rateBetween } = load.bursts
    const [onS, offS] = [durationMs(on) / 1000, durationMs(off) / 1000]
    const perPeriod = rate * onS + rateBetween * offS
    return (requests) => {
      const periods = Math.floor(requests / perPeriod)
      const left = requests - periods * perPeriod
      const within = left <= rate * onS ? left / rate : onS + (left - rate * onS) / rateBetween
      return periods * (onS + offS) + within
    }
  }
  const { from, to, shape } = load.ramp
  const ratio = to / from
  if (ratio === 1) return (requests) => requests / from
  const meanRate = shape === 'linear' ? (from + to) / 2 : (to - from) / Math.log(ratio)
  const seconds =
    extent.durationMs !== null ? extent.durationMs / 1000 : (extent.requests ?? meanRate) / meanRate
  const total = meanRate * seconds
  // Past its end a ramp stays at its last rate.
  const past = (requests: number) => seconds + (requests - total) / to
  if (shape === 'exponential') {
    const growth = Math.log(ratio) / seconds
    return (requests) => (requests > total ? past(requests) : Math.log1p((requests * growth) / from) / growth)
  }
  const slope = (to - from) / seconds
  return (requests) =>
    requests > total
      ? past(requests)
      : (2 * requests) / (from + Math.sqrt(Math.max(0, from * from + 2 * slope * requests)))
}
