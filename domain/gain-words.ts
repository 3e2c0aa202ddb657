import { factor, percentChange } from './figures.ts'
import type { Gain } from './statistics/paired-gain.ts'

/** Said of a measurement whose figures are shown, and are held against nothing. */
export const NOT_JUDGED = 'not judged: the load generator was the limit'

/** Writes a gain, a ratio turned so that above 1 is better, as the change of its metric: ×2 is +100 %, or −50 % of what is to be small. */
export function gainChange(ratio: number, higherIsBetter: boolean): string {
  return percentChange(higherIsBetter ? ratio : 1 / ratio)
}

/** Writes an interval of a gain as changes of its metric, the lower first. */
export function gainInterval(low: number, high: number, higherIsBetter: boolean): [string, string] {
  const ends = higherIsBetter ? [low, high] : [high, low]
  const [from = low, to = high] = ends
  return [gainChange(from, higherIsBetter), gainChange(to, higherIsBetter)]
}

/** Writes what a gain rests on: `95 % interval ×1.20 to ×1.31, 3 pairs`. */
export function gainEvidence({ low, high, confidence, pairs }: Omit<Gain, 'ratio'>): string {
  if (low === null || high === null) return 'one confirmation pair: too few for an interval'
  return `${confidence * 100} % interval ${factor(low)} to ${factor(high)}, ${pairs} pairs`
}
