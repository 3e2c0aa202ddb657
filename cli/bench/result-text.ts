import type { BenchResult, BenchRun } from '../../domain/bench-result.ts'
import { figure } from '../../domain/figures.ts'
import type { CapacityResult, Interval } from '../../domain/measurement.ts'
import { latencyMetric, type LatencyName, type MetricName } from '../../domain/metric.ts'
import { isKnowable } from '../../domain/statistics/quantile-interval.ts'
import { colour, table } from '../format.ts'
import { hasAttained } from './result.ts'

const LATENCIES: [LatencyName, string][] = [
  ['ttft', 'TTFT'],
  ['scheduled_ttft', 'scheduled TTFT'],
  ['tpot', 'TPOT'],
  ['itl', 'ITL (gaps)'],
  ['normalised_itl', 'ITL, per token'],
  ['e2e', 'E2E'],
]
const RATES: [MetricName, string][] = [
  ['output_tokens_per_second', 'output tokens/s'],
  ['total_tokens_per_second', 'input and output tokens/s'],
  ['whole_run_output_tokens_per_second', 'output tokens/s, whole run with its drain'],
  ['requests_per_second', 'requests/s'],
  ['goodput_requests_per_second', 'goodput, requests/s'],
  ['attainment', 'share that met the SLO'],
  ['fluidity_index', 'share of token deadlines met'],
  ['error_rate', 'share that failed'],
  ['concurrency_mean', 'requests in flight'],
]
const COMPARED: [keyof BenchRun['latencies'], string][] = [
  ['response', "first event (vLLM's TTFT)"],
  ['output', 'first token, no reasoning'],
  ['max_gap', 'longest gap of a request'],
  ['connect', 'connecting, where it was needed'],
]

/** Writes a result for the terminal: the last run's figures with their 95 % intervals, `-` where the sample is too small. */
export function resultText(result: BenchResult): string {
  const sections = result.runs.map((run, index) => runText(run, result, index))
  if (result.slo.met !== null) sections.push(sloText(result))
  for (const warning of result.warnings) sections.push(colour.dim(`! ${warning}`))
  if (result.clientLimited)
    sections.push(colour.bad('The client was the limit: these figures are not the server’s.'))
  return sections.join('\n')
}

/** Names every limit where all hold, else those that are broken with what was found. */
function sloText({ slo, runs }: BenchResult): string {
  const perRequest = Object.entries(slo.perRequest).map(([name, limit]) => `${name} <= ${limit} ms`)
  const worst = Math.min(...runs.map(({ metrics }) => metrics.attainment ?? 0))
  const limits = [
    ...(perRequest.length === 0
      ? []
      : [
          {
            text: `${perRequest.join(', ')} for ${figure(slo.attainmentWanted * 100)} % of the requests`,
            holds: runs.every((run) => hasAttained(run, slo.attainmentWanted)),
            found: `${figure(worst * 100)} %`,
          },
        ]),
    ...slo.constraints.map(({ constraint, value, holds }) => ({
      text: constraint,
      holds,
      found: figure(value),
    })),
  ]
  if (slo.met === true) return `${colour.good('SLO met')}  ${limits.map(({ text }) => text).join('; ')}`
  const broken = limits.filter(({ holds }) => !holds).map(({ text, found }) => `${text}: ${found}`)
  return `${colour.bad('SLO missed')}  ${broken.join('; ')}`
}

function runText(run: BenchRun, { runs, slo }: BenchResult, index: number): string {
  const { metrics, requests, outcomes, tokens } = run
  const intervals = run.measurement.intervals ?? {}
  const counts = Object.entries(outcomes)
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(', ')
  const open = run.measurement.client?.latenessP99Ms
  const title = runs.length > 1 ? `${colour.bold(`Run ${index + 1} of ${runs.length}`)}  ` : ''
  const { capacity } = run.measurement
  const lines = [
    ...(capacity === undefined ? [] : [capacityText(capacity), '', 'At that load:']),
    `${title}${requests.sent} requests in ${run.durationS.toFixed(1)} s: ${counts}`,
    `tokens: ${tokens.input} in (${tokens.cachedInput} cached), ${tokens.output} out${tokens.wasted > 0 ? `, ${tokens.wasted} wasted` : ''}`,
    '',
    table(
      ['', 'value', '95 % interval'],
      RATES.filter(
        ([name]) =>
          metrics[name] != null && (name !== 'attainment' || Object.keys(slo.perRequest).length > 0),
      ).map(([name, title]) => [title, figure(metrics[name]), interval(intervals[name])]),
      [1],
    ),
    '',
    table(
      ['ms', 'mean', 'p50', '', 'p90', 'p95', 'p99', ''],
      LATENCIES.filter(([name]) => (run.latencies[name]?.count ?? 0) > 0).map(([name, title]) => {
        const sure = (statistic: 'p50' | 'p90' | 'p95' | 'p99') =>
          intervals[latencyMetric(name, statistic)] === undefined
            ? '–'
            : figure(run.latencies[name]?.[statistic])
        return [
          title,
          figure(run.latencies[name]?.mean),
          sure('p50'),
          interval(intervals[latencyMetric(name, 'p50')]),
          sure('p90'),
          sure('p95'),
          sure('p99'),
          interval(intervals[latencyMetric(name, 'p99')]),
        ]
      }),
      [1, 2, 4, 5, 6],
    ),
    '',
    ...COMPARED.flatMap(([name, title]) => {
      const latency = run.latencies[name]
      if (latency === undefined || latency.count === 0) return []
      // These have no intervals of their own: what the requests cannot tell of theirs they tell of these no more.
      const sure = (intervals.ttft_p99_ms ?? intervals.e2e_p99_ms) !== undefined
      const p99 = sure && isKnowable(0.99, latency.count) ? `${figure(latency.p99)} ms` : '–'
      return [colour.dim(`${title}: mean ${figure(latency.mean)} ms, p99 ${p99}`)]
    }),
    ...((run.measurement.client?.staleConnections ?? 0) > 0
      ? [
          colour.dim(
            `${run.measurement.client?.staleConnections ?? 0} requests met an idle connection that the server had closed, and were sent again on a new one`,
          ),
        ]
      : []),
    ...(open == null ? [] : [colour.dim(`sent late by ${figure(open)} ms (p99)`)]),
  ]
  return lines.join('\n')
}

function capacityText({ of, capacity, low, high, levels, requests, attainment }: CapacityResult): string {
  const unit = of === 'concurrency' ? 'requests in flight' : 'requests/s'
  // Undecided levels bound nothing either.
  const open = levels.at(-1)?.verdict === 'holds' ? 'beyond what was tried' : 'no known end'
  const found =
    capacity === null
      ? `The SLO holds at none of the loads tried, the lowest being ${figure(levels[0]?.load)} ${unit}`
      : `Capacity  ${figure(capacity)} ${unit}, interval ${figure(low)} to ${high === null ? open : figure(high)}`
  return [
    colour.bold(
      `${found}  (${(attainment * 100).toFixed(0)} % of requests within the SLO, ${requests} requests)`,
    ),
    table(
      [of, 'requests', 'met', '', 'requests/s', 'goodput', 'TTFT p50', 'TPOT p50'],
      levels.map(({ load, requests: count, met, verdict, metrics }) => [
        figure(load),
        String(count),
        figure(met / Math.max(1, count)),
        verdict,
        figure(metrics.requests_per_second),
        figure(metrics.goodput_requests_per_second),
        figure(metrics.ttft_p50_ms),
        figure(metrics.tpot_p50_ms),
      ]),
      [0, 1, 2, 4, 5, 6, 7],
    ),
  ].join('\n')
}

function interval(bounds: Interval | undefined): string {
  if (bounds === undefined) return '–'
  return colour.dim(`${figure(bounds.low)} to ${figure(bounds.high)}`)
}
