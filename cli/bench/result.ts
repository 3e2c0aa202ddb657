import type { BenchResult, BenchRun } from '../../domain/bench-result.ts'
import { checkConstraints } from '../../domain/constraint.ts'
import { figure } from '../../domain/figures.ts'
import { Outcome, OUTCOME_MEANINGS } from '../../domain/measurement.ts'
import type { Target } from '../../loadgen/endpoint.ts'
import type { LoadResult } from '../../loadgen/result.ts'
import { VERSION } from '../../service/version.ts'
import type { BenchPlan } from './read-options.ts'

const OK = 0
const SLO_MISSED = 1
const CLIENT_LIMITED = 2

/** Returns what a run found, for the result file. */
export function benchRun({ measurement, details }: LoadResult, seed: number, startedAt: Date): BenchRun {
  const succeeded = measurement.outcomes.ok ?? 0
  const seconds = (ms: number) => Math.round(ms) / 1000
  return {
    seed,
    startedAt: startedAt.toISOString(),
    durationS: seconds(details.durationMs),
    requests: {
      sent: measurement.requests,
      succeeded,
      failed: measurement.requests - succeeded,
      warmup: details.warmupRequests,
    },
    outcomes: measurement.outcomes,
    tokens: {
      input: details.inputTokens,
      cachedInput: details.cachedInputTokens,
      output: details.outputTokens,
      reasoning: details.reasoningTokens,
      wasted: measurement.wastedTokens ?? 0,
    },
    metrics: measurement.metrics,
    latencies: details.latencies,
    windowS: [seconds(details.window.startMs), seconds(details.window.endMs)],
    measurement,
  }
}

/** Returns whether so many of a run's requests met the SLO or, of a search for the capacity, whether any load did. */
export function hasAttained({ metrics, measurement: { capacity } }: BenchRun, wanted: number): boolean {
  return capacity === undefined ? (metrics.attainment ?? 0) >= wanted : capacity.capacity !== null
}

/** Returns the share of all requests of the runs that failed; 0 where none was sent. */
export function failedShare(runs: readonly BenchRun[]): number {
  const sent = runs.reduce((sum, { requests }) => sum + requests.sent, 0)
  const failed = runs.reduce((sum, { requests }) => sum + requests.failed, 0)
  return failed / Math.max(1, sent)
}

/** Says what share of the requests failed, and of what most of them. */
function failuresOf(runs: BenchRun[]): string[] {
  const failed = failedShare(runs)
  const counts = Outcome.options
    .filter((outcome) => outcome !== 'ok')
    .map((outcome) => ({
      outcome,
      count: runs.reduce((sum, { outcomes }) => sum + (outcomes[outcome] ?? 0), 0),
    }))
  const most = counts.toSorted((a, b) => b.count - a.count)[0]
  if (failed === 0 || most === undefined) return []
  const share = `${figure(100 * failed)} % of the requests failed`
  return [`${share}, most of them as ${most.outcome}: ${OUTCOME_MEANINGS[most.outcome]}`]
}

/** Judges the runs by the SLO and gathers them into a result. */
export function benchResult(
  plan: BenchPlan,
  target: Target,
  label: string | null,
  runs: BenchRun[],
): BenchResult {
  const wanted = Object.keys(plan.slo).length > 0
  const attained = runs.every((run) => hasAttained(run, plan.attainment))
  // The last run's figures stand for all; each of them must hold.
  const checks = runs.map(({ measurement }) =>
    checkConstraints(plan.constraints, measurement.metricsWithFailures),
  )
  const constraints = checks.find((each) => each.some(({ holds }) => !holds)) ?? checks.at(-1) ?? []
  const met =
    wanted || constraints.length > 0 ? (!wanted || attained) && constraints.every(({ holds }) => holds) : null
  const clientLimited = runs.some(({ measurement }) => measurement.clientLimited)
  const nothingServed = runs.some(({ requests }) => requests.succeeded === 0)
  return {
    kind: 'redline-bench',
    version: VERSION,
    label,
    target: { baseUrl: target.baseUrl, model: target.model, endpoint: plan.workload.endpoint },
    workload: plan.workload,
    asked: askedOf(plan),
    slo: { perRequest: plan.slo, attainmentWanted: plan.attainment, constraints, met },
    clientLimited,
    warnings: [...new Set(runs.flatMap(({ measurement }) => measurement.warnings)), ...failuresOf(runs)],
    exitCode: clientLimited ? CLIENT_LIMITED : met === false || nothingServed ? SLO_MISSED : OK,
    runs,
  }
}

function askedOf({ extent, repeats, body, timeouts, tokenizer, calibrate, workload }: BenchPlan) {
  const { ignoreEos = true, stream = true, extra = {} } = body
  const own = { ...extent, staggerMs: extent.staggerMs ?? null }
  return {
    extent: 'capacity' in workload.load ? null : own,
    repeats,
    ignoreEos,
    stream,
    extraBody: extra,
    timeoutsMs: timeouts,
    tokenizer,
    calibrate,
  }
}

/** Returns the text of the result file, which tells no durations that the run did not go by. */
export function resultFileText(result: BenchResult): string {
  const workload = { ...result.workload, duration: undefined, warmup: undefined }
  const told = result.asked?.extent == null ? result : { ...result, workload }
  return `${JSON.stringify(told, null, 2)}\n`
}
