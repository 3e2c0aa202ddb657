import type { Measurement } from '../domain/measurement.ts'
import type { Metrics } from '../domain/metric.ts'

/** A sound measurement with these figures; `change` replaces parts of it. */
export function newMeasurement(metrics: Metrics, change: Partial<Measurement> = {}): Measurement {
  return {
    metrics,
    metricsWithFailures: metrics,
    requests: 10,
    outcomes: { ok: 10 },
    windowMs: 10_000,
    tokenSource: 'usage',
    inputTokensMean: 16,
    outputTokensMean: 4,
    cachedInputShare: 0,
    outputTokensPerSecondSeries: [],
    warnings: [],
    clientLimited: false,
    ...change,
  }
}
