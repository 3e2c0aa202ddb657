import jstat from 'jstat'
import { z } from 'zod'
import type { Configuration } from './parameter.ts'
import { configurationKey } from './space.ts'
import { meanOf, varianceOf } from './statistics/moments.ts'

/** A change whose interval is not wholly beyond this share is neither a gain nor a regression. */
export const NOTICEABLE = 0.02

export const ComparisonVerdict = z.enum(['first', 'same', 'gain', 'regression', 'not_settled'])
export type ComparisonVerdict = z.infer<typeof ComparisonVerdict>

/** A run of a schedule set against the one before. */
export const RunComparison = z
  .object({
    verdict: ComparisonVerdict.meta({
      description: `gain or regression: the whole interval is more than ${NOTICEABLE * 100} % better or worse, or the limits were met in one run and by nothing in the other; same: it lies within that.`,
    }),
    previousTuningId: z.string().nullable(),
    sameConfiguration: z
      .boolean()
      .nullable()
      .meta({ description: 'Whether the same configuration is still the best.' }),
    ratio: z
      .number()
      .nullable()
      .meta({ description: 'This run over the one before, turned so that above 1 is better.' }),
    low: z
      .number()
      .nullable()
      .meta({ description: 'Lower end of the interval; null when a run has fewer than two values.' }),
    high: z.number().nullable(),
    confidence: z.number(),
  })
  .meta({ id: 'RunComparison' })
export type RunComparison = z.infer<typeof RunComparison>

/** What a run of a schedule found. */
export interface ScheduledRun {
  tuningId: string
  /** Everything was measured soundly, and nothing of it met every limit. */
  limitsBroken: boolean
  /** Null when nothing that met every limit was measured soundly. */
  best: {
    configuration: Configuration
    /** The objective in every run of that configuration, in the objective's own unit. */
    values: number[]
  } | null
}

/**
 * Compares what two runs of a schedule found: whether the best configuration is still the same, and the ratio of the
 * objective at the best of each with its interval. `higherIsBetter` is the objective's direction.
 */
export function compareRuns(
  previous: ScheduledRun | null,
  current: ScheduledRun,
  higherIsBetter: boolean,
  confidence = 0.95,
): RunComparison {
  const unknown = { ratio: null, low: null, high: null, confidence }
  if (previous === null)
    return { verdict: 'first', previousTuningId: null, sameConfiguration: null, ...unknown }
  const previousTuningId = previous.tuningId
  if (previous.best === null || current.best === null) {
    const verdict =
      previous.best !== null && current.limitsBroken
        ? 'regression'
        : previous.limitsBroken && current.best !== null
          ? 'gain'
          : 'not_settled'
    return { verdict, previousTuningId, sameConfiguration: null, ...unknown }
  }
  const [before, now] = [previous.best, current.best]
  const ratio = higherIsBetter
    ? ratioOfMeans(now.values, before.values, confidence)
    : ratioOfMeans(before.values, now.values, confidence)
  return {
    verdict: judge(ratio),
    previousTuningId,
    sameConfiguration: configurationKey(before.configuration) === configurationKey(now.configuration),
    ...ratio,
    confidence,
  }
}

interface Ratio {
  ratio: number | null
  low: number | null
  high: number | null
}

function judge({ low, high }: Ratio): ComparisonVerdict {
  if (low === null || high === null) return 'not_settled'
  if (high < 1 - NOTICEABLE) return 'regression'
  if (low > 1 + NOTICEABLE) return 'gain'
  return low >= 1 - NOTICEABLE && high <= 1 + NOTICEABLE ? 'same' : 'not_settled'
}

/**
 * Returns the ratio of the geometric means of two independent samples with Welch's interval on the logs of the values:
 * variances may differ, degrees of freedom by Satterthwaite (B. L. Welch, Biometrika 34, 1947). Values that are not
 * above zero are left out.
 */
export function ratioOfMeans(numerator: number[], denominator: number[], confidence: number): Ratio {
  const a = moments(numerator)
  const b = moments(denominator)
  if (a.count === 0 || b.count === 0) return { ratio: null, low: null, high: null }
  const difference = a.mean - b.mean
  const ratio = Math.exp(difference)
  if (a.count < 2 || b.count < 2) return { ratio, low: null, high: null }
  const [va, vb] = [a.variance / a.count, b.variance / b.count]
  if (va + vb === 0) return { ratio, low: ratio, high: ratio }
  const degreesOfFreedom = (va + vb) ** 2 / (va ** 2 / (a.count - 1) + vb ** 2 / (b.count - 1))
  const half = jstat.jStat.studentt.inv(1 - (1 - confidence) / 2, degreesOfFreedom) * Math.sqrt(va + vb)
  return { ratio, low: Math.exp(difference - half), high: Math.exp(difference + half) }
}

/** Count, mean and variance of the natural logs. */
function moments(values: number[]): { count: number; mean: number; variance: number } {
  const logs = values.filter((value) => value > 0).map((value) => Math.log(value))
  return { count: logs.length, mean: meanOf(logs), variance: varianceOf(logs) }
}
