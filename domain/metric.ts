import { z } from 'zod'

/** What each latency is; a metric is one with a statistic. */
export const LATENCIES = [
  {
    name: 'ttft',
    label: 'TTFT',
    meaning: 'Time to first token: from sending the request to its first token-bearing event',
  },
  {
    name: 'itl',
    label: 'ITL',
    meaning: 'Inter-token latency: every gap between consecutive token-bearing events, pooled over requests',
  },
  {
    name: 'normalised_itl',
    label: 'normalised ITL',
    meaning:
      'Normalised inter-token latency: a gap whose event carries m tokens counts as m gaps of 1/m; as ITL where the server does not count with each event',
  },
  {
    name: 'tpot',
    label: 'TPOT',
    meaning: 'Time per output token of a request: (last token - first token) / (output tokens - 1)',
  },
  {
    name: 'e2e',
    label: 'end to end',
    meaning: 'End-to-end latency: from sending the request to its last token-bearing event',
  },
  {
    name: 'scheduled_ttft',
    label: 'scheduled TTFT',
    meaning:
      'Scheduled TTFT: from the instant a request was due to its first token-bearing event, free of coordinated omission',
  },
] as const
const STATISTICS = [
  { name: 'mean', meaning: 'mean' },
  { name: 'p50', meaning: 'median' },
  { name: 'p90', meaning: '90th percentile' },
  { name: 'p95', meaning: '95th percentile' },
  { name: 'p99', meaning: '99th percentile' },
] as const

export type LatencyName = (typeof LATENCIES)[number]['name']
export type StatisticName = (typeof STATISTICS)[number]['name']
export type LatencyMetric = `${LatencyName}_${StatisticName}_ms`

/** The metrics of a run that are no latency of its requests. */
export const RUN_METRICS = [
  {
    name: 'output_tokens_per_second',
    label: 'output tokens/s',
    unit: 'tokens/s',
    meaning: 'Output tokens whose event lies in the measured window, per second of it',
  },
  {
    name: 'whole_run_output_tokens_per_second',
    label: 'output tokens/s, whole run',
    unit: 'tokens/s',
    meaning:
      'Output tokens of successful requests over the time from first send to last end (as vLLM and AIPerf count)',
  },
  {
    name: 'requests_per_second',
    label: 'requests/s',
    unit: 'requests/s',
    meaning: 'Requests that succeeded and ended in the measured window, per second of it',
  },
  {
    name: 'goodput_requests_per_second',
    label: 'goodput',
    unit: 'requests/s',
    meaning: 'Requests per second of the window that met every limit of the SLO',
  },
  {
    name: 'attainment',
    label: 'SLO attainment',
    unit: '',
    meaning: 'Share of attempted requests that met every limit of the SLO, 0 to 1',
  },
  {
    name: 'error_rate',
    label: 'error rate',
    unit: '',
    meaning: 'Share of attempted requests that failed, 0 to 1',
  },
  {
    name: 'concurrency_mean',
    label: 'mean concurrency',
    unit: 'requests',
    meaning: 'Requests in flight, averaged over the window',
  },
  {
    name: 'input_tokens_per_second',
    label: 'input tokens/s',
    unit: 'tokens/s',
    meaning: 'Input tokens of requests that ended in the window, cached ones included, per second',
  },
  {
    name: 'total_tokens_per_second',
    label: 'total tokens/s',
    unit: 'tokens/s',
    meaning: 'Input and output tokens per second of the window',
  },
  {
    name: 'max_gap_p99_ms',
    label: 'longest gap p99',
    unit: 'ms',
    meaning: 'Longest gap between tokens within a request (stall); 99th percentile, in ms',
  },
  {
    name: 'fluidity_index',
    label: 'fluidity index',
    unit: '',
    meaning:
      'Share of token deadlines met, 0 to 1, averaged over requests: the first by the limit on TTFT, each later one by that on TPOT',
  },
  {
    name: 'joules_per_output_token',
    label: 'energy per output token',
    unit: 'J',
    meaning:
      "Energy of the engine's GPUs, or without one of the machine's processors, per output token of all requests of the run, in J",
  },
  {
    name: 'capacity_concurrency',
    label: 'capacity in streams',
    unit: 'streams',
    meaning: 'Most streams at once at which the SLO still holds with the asked attainment',
  },
  {
    name: 'capacity_requests_per_second',
    label: 'capacity in requests/s',
    unit: 'requests/s',
    meaning: 'Highest rate at which the SLO still holds with the asked attainment',
  },
] as const

/** Returns the metric's name for a statistic of a latency: `ttft` and `p99` give `ttft_p99_ms`. */
export function latencyMetric(latency: LatencyName, statistic: StatisticName): LatencyMetric {
  return `${latency}_${statistic}_ms`
}

export const LATENCY_METRICS = LATENCIES.flatMap((latency) =>
  STATISTICS.map((statistic) => ({
    name: latencyMetric(latency.name, statistic.name),
    latency: latency.name,
    statistic: statistic.name,
    label: `${latency.label} ${statistic.name}`,
    unit: 'ms',
    meaning: `${latency.meaning}; ${statistic.meaning}, in ms`,
  })),
)

/** Each metric with its label and unit for people, and what it means. */
export const METRICS = [...RUN_METRICS, ...LATENCY_METRICS]
export const METRIC_NAMES = METRICS.map(({ name }) => name)

/** A figure that a measurement yields; its unit is in its name. */
export const MetricName = z.enum(METRIC_NAMES)
export type MetricName = z.infer<typeof MetricName>

/** Metrics of one measurement; null where a figure is undefined (no request succeeded, one token only). */
export const Metrics = z.partialRecord(MetricName, z.number().nullable())
export type Metrics = z.infer<typeof Metrics>

const REPORTED = [
  'output_tokens_per_second',
  'requests_per_second',
  'goodput_requests_per_second',
  'ttft_p50_ms',
  'ttft_p95_ms',
  'itl_p50_ms',
  'tpot_p95_ms',
  'e2e_p95_ms',
] as const satisfies readonly MetricName[]

/** The figures that a report shows for each configuration, in order of reading: the objectives first. */
export function reportedMetrics<Name extends string>(
  ...objectives: Name[]
): (Name | (typeof REPORTED)[number])[] {
  return [...new Set([...objectives, ...REPORTED])]
}

interface Reported {
  metrics: Readonly<Partial<Record<string, number | null>>> | null
  constraints: readonly { metric: string }[]
}

/** Returns the metrics by which a report sets the best beside the baseline: the objective, those of limits, and the usual ones that have a value. */
export function metricsBeside(objective: string, best: Reported | null, baseline: Reported | null): string[] {
  return reportedMetrics(objective, ...(best?.constraints ?? []).map(({ metric }) => metric)).filter(
    (name) => best?.metrics?.[name] != null || baseline?.metrics?.[name] != null,
  )
}
