import { z } from 'zod'

/** What each latency is; a metric is one with a statistic. */
export const LATENCIES = {
  ttft: 'Time to first token: from sending the request to its first token-bearing event',
  itl: 'Inter-token latency: every gap between consecutive token-bearing events, pooled over requests',
  normalised_itl:
    'Normalised inter-token latency: a gap whose event carries m tokens counts as m gaps of 1/m; as ITL where the server does not count with each event',
  tpot: 'Time per output token of a request: (last token - first token) / (output tokens - 1)',
  e2e: 'End-to-end latency: from sending the request to its last token-bearing event',
  scheduled_ttft:
    'Scheduled TTFT: from the instant a request was due to its first token-bearing event, free of coordinated omission',
} as const
const STATISTICS = {
  mean: 'mean',
  p50: 'median',
  p90: '90th percentile',
  p95: '95th percentile',
  p99: '99th percentile',
} as const

const LATENCY_NAMES = ['ttft', 'itl', 'normalised_itl', 'tpot', 'e2e', 'scheduled_ttft'] as const
const STATISTIC_NAMES = ['mean', 'p50', 'p90', 'p95', 'p99'] as const
export type LatencyName = (typeof LATENCY_NAMES)[number]
export type StatisticName = (typeof STATISTIC_NAMES)[number]

const RATES = {
  output_tokens_per_second: 'Output tokens whose event lies in the measured window, per second of it',
  whole_run_output_tokens_per_second:
    'Output tokens of successful requests over the time from first send to last end (as vLLM and AIPerf count)',
  requests_per_second: 'Requests that succeeded and ended in the measured window, per second of it',
  goodput_requests_per_second: 'Requests per second of the window that met every limit of the SLO',
  attainment: 'Share of attempted requests that met every limit of the SLO, 0 to 1',
  error_rate: 'Share of attempted requests that failed, 0 to 1',
  concurrency_mean: 'Requests in flight, averaged over the window',
  input_tokens_per_second:
    'Input tokens of requests that ended in the window, cached ones included, per second',
  total_tokens_per_second: 'Input and output tokens per second of the window',
  max_gap_p99_ms: 'Longest gap between tokens within a request (stall); 99th percentile, in ms',
  fluidity_index:
    'Share of token deadlines met, 0 to 1, averaged over requests: the first by the limit on TTFT, each later one by that on TPOT',
  joules_per_output_token:
    "Energy of the engine's GPUs, or without one of the machine's processors, per output token of all requests of the run, in J",
  capacity_concurrency: 'Most streams at once at which the SLO still holds with the asked attainment',
  capacity_requests_per_second: 'Highest rate at which the SLO still holds with the asked attainment',
} as const

const RATE_NAMES = [
  'output_tokens_per_second',
  'whole_run_output_tokens_per_second',
  'requests_per_second',
  'goodput_requests_per_second',
  'attainment',
  'error_rate',
  'concurrency_mean',
  'input_tokens_per_second',
  'total_tokens_per_second',
  'max_gap_p99_ms',
  'fluidity_index',
  'joules_per_output_token',
  'capacity_concurrency',
  'capacity_requests_per_second',
] as const

export type LatencyMetric = `${LatencyName}_${StatisticName}_ms`

/** Returns the metric's name for a statistic of a latency: `ttft` and `p99` give `ttft_p99_ms`. */
export function latencyMetric(latency: LatencyName, statistic: StatisticName): LatencyMetric {
  return `${latency}_${statistic}_ms`
}

export const LATENCY_METRICS = LATENCY_NAMES.flatMap((latency) =>
  STATISTIC_NAMES.map((statistic) => ({ name: latencyMetric(latency, statistic), latency, statistic })),
)

export const METRIC_NAMES = [...RATE_NAMES, ...LATENCY_METRICS.map(({ name }) => name)]

/** A figure that a measurement yields; its unit is in its name. */
export const MetricName = z.enum(METRIC_NAMES)
export type MetricName = z.infer<typeof MetricName>

/** What each metric means, by name, for documents and the UI. */
export const METRIC_DESCRIPTIONS: Record<string, string> = {
  ...RATES,
  ...Object.fromEntries(
    LATENCY_METRICS.map(({ name, latency, statistic }) => [
      name,
      `${LATENCIES[latency]}; ${STATISTICS[statistic]}, in ms`,
    ]),
  ),
}

/** Metrics of one measurement; null where a figure is undefined (no request succeeded, one token only). */
export const Metrics = z.partialRecord(MetricName, z.number().nullable())
export type Metrics = z.infer<typeof Metrics>

/** The figures that a report shows for each configuration, in order of reading. */
export const REPORTED_METRICS = [
  'output_tokens_per_second',
  'requests_per_second',
  'goodput_requests_per_second',
  'ttft_p50_ms',
  'ttft_p95_ms',
  'itl_p50_ms',
  'tpot_p95_ms',
  'e2e_p95_ms',
] as const satisfies readonly MetricName[]
