import type { Interval, Intervals } from '../domain/measurement.ts'
import { LATENCY_METRICS, type LatencyName, type MetricName } from '../domain/metric.ts'
import {
  batchMeans,
  effectiveSize,
  independentSize,
  isTooDependent,
} from '../domain/statistics/batch-means.ts'
import { shareInterval } from '../domain/statistics/binomial.ts'
import { dependentQuantileRanks, isKnowable } from '../domain/statistics/quantile-interval.ts'
import { warmUpLength } from '../domain/statistics/steady-state.ts'
import { trendOf } from '../domain/statistics/trend.ts'
import type { Collector, RequestRow } from './collector.ts'
import { QUANTILES, type Window } from './metrics.ts'
import type { TimeBins } from './time-bins.ts'

/** Throughput is read in bins so short that a window holds at least so many, and at most a second long. */
const RATE_BINS = 60
const MAX_BIN_MS = 1000
const TREND_POINTS = 30
const TREND_LEVEL = 0.01
const NOTICEABLE_DRIFT = 0.02

/**
 * Returns 95 % intervals of a run's metrics. Percentiles by order statistics with binomial ranks, for as many
 * independent requests as the dependent ones are worth; means and rates by batch means; shares by Clopper and Pearson.
 * What the sample is too small for is left out. Gaps of one request depend on each other, so percentiles of ITL count
 * requests, not gaps. They say nothing of what differs from run to run.
 */
export function intervalsOf(collector: Collector, window: Window, rows: readonly RequestRow[]): Intervals {
  const intervals: Intervals = {}
  const set = (name: MetricName, interval: Interval | null) => {
    if (interval !== null) intervals[name] = interval
  }
  const ordered: Partial<Record<LatencyName, number[]>> = {
    ttft: rows.flatMap(({ ttft }) => (Number.isNaN(ttft) ? [] : [ttft])),
    tpot: rows.flatMap(({ tpot }) => (Number.isNaN(tpot) ? [] : [tpot])),
    e2e: rows.flatMap(({ e2e }) => (Number.isNaN(e2e) ? [] : [e2e])),
    scheduled_ttft: rows.flatMap(({ scheduledTtft }) => (Number.isNaN(scheduledTtft) ? [] : [scheduledTtft])),
    itl: rows.flatMap(({ meanGap }) => (Number.isNaN(meanGap) ? [] : [meanGap])),
  }
  for (const { name, latency, statistic } of LATENCY_METRICS) {
    const series = ordered[latency] ?? []
    if (isTooDependent(series)) continue
    const samples = collector.samples(latency)
    if (statistic === 'mean') {
      const means = batchMeans(series)
      // Means of requests' means are weighted otherwise than the pooled mean, so only their spread is taken.
      set(name, means === null ? null : around(samples.mean ?? means.mean, (means.high - means.low) / 2))
      continue
    }
    const p = QUANTILES[statistic]
    const value = samples.percentile(p)
    // A rare tail may look independent where there is too little of it to tell.
    if (value === null || !isKnowable(p, independentSize(series))) continue
    const dependence = latency === 'itl' ? 1 : effectiveSize(series, value) / Math.max(1, series.length)
    const ranks = dependentQuantileRanks(samples.count, series.length * dependence, p)
    if (ranks !== null)
      set(name, { low: samples.orderStatistic(ranks.low), high: samples.orderStatistic(ranks.high) })
  }
  set('output_tokens_per_second', rateInterval(collector.tokens, window))
  set('input_tokens_per_second', rateInterval(collector.input, window))
  set('requests_per_second', rateInterval(collector.ended, window))
  set('goodput_requests_per_second', rateInterval(collector.met, window))
  const measured = collector.count('measured')
  if (measured > 0) {
    const of = (count: number, isOne: (row: RequestRow) => boolean) => {
      const worth = Math.max(
        1,
        Math.round(
          effectiveSize(
            rows.map((row) => (isOne(row) ? 1 : 0)),
            0.5,
          ),
        ),
      )
      return shareInterval(Math.round((count / measured) * worth), worth)
    }
    set(
      'attainment',
      of(collector.count('met'), ({ met }) => met),
    )
    // A failed request has no latency.
    set(
      'error_rate',
      of(collector.failures, ({ e2e }) => Number.isNaN(e2e)),
    )
  }
  return intervals
}

/** What a steady run shows neither of. */
export interface Trends {
  drift: { metric: string; perCent: number }[]
  /** Where drift was found: requests at the start that differ from the rest; null when there is no steady rest. */
  warmUpRequests: number | null
  /** Requests in flight grew through the window. */
  growing: boolean
}

/** Looks for drift of throughput and TTFT over the window, and for requests that pile up. */
export function trendsOf(
  rows: readonly RequestRow[],
  tokens: readonly number[],
  inFlight: readonly number[],
): Trends {
  const ttfts = rows.flatMap(({ ttft }) => (Number.isNaN(ttft) ? [] : [ttft]))
  const drift = [
    { metric: 'output tokens per second', series: tokens },
    { metric: 'TTFT', series: ttfts },
  ].flatMap(({ metric, series }) => {
    if (series.length < 2 * TREND_POINTS) return []
    const trend = trendOf(inBatches(series))
    return trend !== null && trend.p < TREND_LEVEL && Math.abs(trend.change) > NOTICEABLE_DRIFT
      ? [{ metric, perCent: trend.change * 100 }]
      : []
  })
  const pile = trendOf(inBatches(inFlight))
  return {
    drift,
    warmUpRequests: drift.length === 0 ? 0 : warmUpLength(ttfts),
    growing: pile !== null && pile.p < TREND_LEVEL && pile.change > 0.2,
  }
}

/** Averages a series down to so few points that neighbours depend little on each other. */
function inBatches(series: readonly number[]): number[] {
  const points = Math.min(TREND_POINTS, Math.floor(series.length / 2))
  return Array.from({ length: points }, (_, point) => {
    const part = series.slice(
      Math.floor((point * series.length) / points),
      Math.floor(((point + 1) * series.length) / points),
    )
    return part.reduce((sum, value) => sum + value, 0) / part.length
  })
}

function rateInterval(amounts: TimeBins, { startMs, endMs }: Window): Interval | null {
  const binMs = Math.min(MAX_BIN_MS, Math.floor((endMs - startMs) / RATE_BINS / 10) * 10)
  if (binMs < 10) return null
  const bins = Math.floor((endMs - startMs) / binMs)
  const rates = Array.from(
    { length: bins },
    (_, bin) => (amounts.sum(startMs + bin * binMs, startMs + (bin + 1) * binMs) * 1000) / binMs,
  )
  const means = isTooDependent(rates) ? null : batchMeans(rates)
  const whole = (amounts.sum(startMs, endMs) * 1000) / (endMs - startMs)
  return means === null ? null : around(whole, (means.high - means.low) / 2)
}

function around(value: number, half: number): Interval {
  return { low: Math.max(0, value - half), high: value + half }
}
