import { gainChange, gainInterval } from '../../domain/gain-words.ts'
import type { RunComparison } from '../../domain/comparison.ts'

const VERDICTS = {
  gain: 'is better',
  regression: 'is worse',
  same: 'is no different',
  not_settled: 'is not settled to be better or worse',
  first: '',
} as const

/** Writes a verdict of the second over the first, as the change of the objective: `is better: +31 %, 95 % interval +28 % to +34 %`. */
export function comparedText(
  { verdict, ratio, low, high, confidence }: RunComparison,
  higherIsBetter: boolean,
): string {
  if (ratio === null) return VERDICTS[verdict]
  const interval =
    low === null || high === null
      ? ', too few runs for an interval'
      : `, ${confidence * 100} % interval ${gainInterval(low, high, higherIsBetter).join(' to ')}`
  return `${VERDICTS[verdict]}: ${gainChange(ratio, higherIsBetter)}${interval}`
}

/** Names the parts in which what is compared was asked different things: `engine and load differ`. */
export function unequalText(parts: string[]): string {
  const last = parts.at(-1) ?? ''
  return parts.length < 2 ? `${last} differs` : `${parts.slice(0, -1).join(', ')} and ${last} differ`
}
