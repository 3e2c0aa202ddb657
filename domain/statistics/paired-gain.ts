import { z } from 'zod'
import { comparePairs, CONFIDENCE } from './comparison.ts'

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
  verdict: z.enum(['better', 'worse', 'no_difference', 'not_settled']).default('not_settled').meta({
    description: 'no_difference: the whole interval lies within 2 %.',
  }),
  morePairs: z.int().nullable().default(null).meta({
    description:
      'Pairs that would settle it, at the spread seen so far; null when settled or beyond telling.',
  }),
})
export type Gain = z.infer<typeof Gain>

/**
 * Returns the gain of paired runs, the k-th after over the k-th before: the geometric mean of their ratios with a
 * Student t interval on the log ratios, which is what paired, interleaved runs with multiplicative noise call for.
 * `resolution` is the relative step in which the values come, by which the interval is wider: it is the same in every run;
 * `confidence` is that of the interval.
 * Null without pairs, and where a run reached nothing, over which there is no ratio.
 */
export function pairedGain(
  before: readonly number[],
  after: readonly number[],
  higherIsBetter: boolean,
  { resolution = 0, confidence = CONFIDENCE }: { resolution?: number; confidence?: number } = {},
): Gain | null {
  const settled = comparePairs(before, after, higherIsBetter, { resolution, confidence })
  if (settled !== null) {
    const { ratio, low, high, verdict, moreRuns } = settled
    return { ratio, low, high, confidence, pairs: settled.pairs, verdict, morePairs: moreRuns }
  }
  const [value = 0, other = 0] = [before[0], after[0]]
  if (before.length !== 1 || value <= 0 || other <= 0) return null
  const ratio = higherIsBetter ? other / value : value / other
  return {
    ratio,
    ...{ low: null, high: null, confidence, pairs: 1 },
    ...{ verdict: 'not_settled', morePairs: null },
  }
}
