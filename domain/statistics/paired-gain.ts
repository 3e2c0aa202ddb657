import jstat from 'jstat'
import { z } from 'zod'
import { meanOf, varianceOf } from './moments.ts'

/** A ratio of two configurations with its confidence interval. */
export const Gain = z.object({
  ratio: z
    .number()
    .meta({ description: 'Geometric mean of best / baseline, turned so that above 1 is better.' }),
  low: z
    .number()
    .nullable()
    .meta({ description: 'Lower end of the interval; null with fewer than two pairs.' }),
  high: z.number().nullable(),
  confidence: z.number(),
  pairs: z.int(),
})
export type Gain = z.infer<typeof Gain>

/**
 * Returns the gain of the first over the second member of each pair: the geometric mean of their ratios with a
 * Student t interval on the log ratios, which is what paired, interleaved runs with multiplicative noise call for.
 * Null without pairs.
 */
export function pairedGain(pairs: [better: number, worse: number][], confidence = 0.95): Gain | null {
  const logs = pairs.filter(([a, b]) => a > 0 && b > 0).map(([a, b]) => Math.log(a / b))
  const n = logs.length
  if (n === 0) return null
  const mean = meanOf(logs)
  if (n === 1) return { ratio: Math.exp(mean), low: null, high: null, confidence, pairs: 1 }
  const half =
    jstat.jStat.studentt.inv(1 - (1 - confidence) / 2, n - 1) * Math.sqrt(varianceOf(logs, mean) / n)
  return {
    ratio: Math.exp(mean),
    low: Math.exp(mean - half),
    high: Math.exp(mean + half),
    confidence,
    pairs: n,
  }
}
