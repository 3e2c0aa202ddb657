import { durationMs } from '../domain/duration.ts'
import type { CapacityLevel, CapacityResult, Measurement } from '../domain/measurement.ts'
import type { CapacityLoad, Load } from '../domain/workload.ts'
import {
  capacityOf,
  nextLoad,
  RANGE,
  type LoadRange,
  type TriedLevel,
} from '../domain/statistics/load-search.ts'
import { requestsToAccept } from '../domain/statistics/binomial.ts'
import type { LoadResult } from './result.ts'
import type { RunOptions } from './run-options.ts'

/** A level that so many times the least requests do not decide lies at the capacity itself. */
const MOST_REQUESTS = 16
/** The least requests are so many times what a faultless level of independent ones would need. */
const LEAST_REQUESTS = 8
/** So often, at least, every stream has a request in what a level is judged by. */
const PER_STREAM = 2

/**
 * Searches for the highest load at which the SLO holds. Each level runs until its requests have decided it, or the
 * workload's duration is over; requests go where the verdict is open. The figures are those of the capacity's own
 * level (of the lowest, when none holds), with what was measured on the way in `capacity`. `run` measures a level, and is
 * told in words which.
 */
export async function searchCapacity<Options extends RunOptions>(
  options: Options,
  run: (options: Options, at: string) => Promise<LoadResult>,
): Promise<LoadResult> {
  const { load } = options.workload
  if (!('capacity' in load)) throw new TypeError('the workload asks for no capacity')
  const { capacity } = load
  const whole = capacity.of === 'concurrency'
  const range: LoadRange = {
    from: whole
      ? Math.max(1, Math.round(capacity.from ?? capacity.upTo / RANGE))
      : (capacity.from ?? capacity.upTo / RANGE),
    upTo: whole ? Math.round(capacity.upTo) : capacity.upTo,
    precision: capacity.precision,
    whole,
    attainment: capacity.attainment,
  }
  const tried: (TriedLevel & { result: LoadResult; met: number })[] = []
  for (let next = nextLoad(range, tried); next !== null; next = nextLoad(range, tried)) {
    const result = await run(levelOptions(options, capacity, next, tried.length), levelName(capacity, next))
    const { collector, verdict } = result.details
    const requests = collector.count('measured')
    const met = collector.count('met')
    const share = requests === 0 ? 0 : met / requests
    // Requests in flight at the verdict belong to the level too, and may say otherwise.
    const contradicted = verdict === (share < capacity.attainment ? 'holds' : 'fails')
    tried.push({ load: next, verdict: contradicted ? 'open' : (verdict ?? 'open'), share, met, result })
  }
  const found = capacityOf(range, tried)
  const ordered = tried.toSorted((a, b) => a.load - b.load)
  const shown = tried.find((level) => level.load === found.capacity) ?? ordered[0]
  if (shown === undefined) throw new RangeError('the range of the search is empty')
  const levels = ordered.map(({ load: at, met, verdict, result }): CapacityLevel => ({
    load: at,
    requests: result.measurement.requests,
    met,
    verdict,
    metrics: result.measurement.metrics,
    intervals: result.measurement.intervals ?? {},
  }))
  const outcome: CapacityResult = {
    of: capacity.of,
    attainment: capacity.attainment,
    confidence: capacity.confidence,
    ...found,
    levels,
    requests: levels.reduce((sum, { requests }) => sum + requests, 0),
  }
  const others = ordered.filter((level) => level !== shown)
  return { ...shown.result, measurement: withCapacity(shown.result.measurement, outcome, others) }
}

function levelName({ of }: Pick<CapacityResult, 'of'>, load: number): string {
  return of === 'concurrency' ? `at ${load} streams` : `at ${Number(load.toPrecision(3))} requests/s`
}

/** What makes a level doubtful makes the capacity so. */
function withCapacity(
  measurement: Measurement,
  capacity: CapacityResult,
  others: readonly (TriedLevel & { result: LoadResult })[],
): Measurement {
  const name = capacity.of === 'concurrency' ? 'capacity_concurrency' : 'capacity_requests_per_second'
  const value = { [name]: capacity.capacity ?? 0 }
  const all = [measurement, ...others.map(({ result }) => result.measurement)]
  const doubts = others.flatMap(({ load, result }) =>
    result.measurement.warnings
      .filter((warning) => /^(client limited|disturbed): /.test(warning))
      .map((warning) => warning.replace(': ', ` ${levelName(capacity, load)}: `)),
  )
  return {
    ...measurement,
    metrics: { ...measurement.metrics, ...value },
    metricsWithFailures: { ...measurement.metricsWithFailures, ...value },
    intervals: { ...measurement.intervals, [name]: { low: capacity.low, high: capacity.high } },
    capacity,
    warnings: [...measurement.warnings, ...doubts],
    clientLimited: all.some(({ clientLimited }) => clientLimited),
    disturbed: all.some(({ disturbed }) => disturbed === true),
  }
}

/** One level is a run that ends when it is decided, with prompts of its own. */
function levelOptions<Options extends RunOptions>(
  options: Options,
  { of, attainment, confidence, arrivals }: CapacityLoad['capacity'],
  at: number,
  level: number,
): Options {
  const load: Load = of === 'concurrency' ? { concurrency: at } : { rate: at, arrivals }
  const least = Math.max(
    LEAST_REQUESTS * requestsToAccept(0, attainment, confidence),
    of === 'concurrency' ? at * PER_STREAM : 0,
  )
  const { workload, attempt = 0 } = options
  return {
    ...options,
    workload: { ...workload, load },
    attempt: attempt * 1000 + level + 1,
    decide: { attainment, confidence, leastRequests: least },
    extent: {
      requests: least * MOST_REQUESTS,
      durationMs: durationMs(workload.duration),
      warmupRequests: of === 'concurrency' ? at : 0,
      warmupMs: of === 'concurrency' ? 0 : durationMs(workload.warmup),
    },
  }
}
