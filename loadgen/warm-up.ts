import { arrivalTimes } from '../domain/arrivals.ts'
import { durationMs } from '../domain/duration.ts'
import type { Outcome, RequestRecord } from '../domain/measurement.ts'
import type { CapacityLoad } from '../domain/workload.ts'
import { driveClosedLoop, driveOpenLoop } from './drive.ts'
import { EndpointUnreachableError } from './errors.ts'
import { seeded } from '../domain/random.ts'
import { WHOLE } from './request-source.ts'
import { countOutcomes } from './result.ts'
import type { RunOptions } from './run-options.ts'
import { Session } from './session.ts'
import { openSource } from './source.ts'
import { timeoutsOf } from './timeouts.ts'

const ARRIVALS = 4

export interface WarmUpResult {
  requests: number
  succeeded: number
  outcomes: Partial<Record<Outcome, number>>
  /** What went wrong with the first request that failed, in a line. */
  firstError: string | null
}

export type WarmUpOptions = Pick<
  RunOptions,
  'target' | 'workload' | 'calibration' | 'runSeed' | 'attempt' | 'signal'
>

/**
 * Sends load at the workload's level for its `warmup`, one request per stream at least (in an open loop two at
 * once, of the greatest and the least lengths), and lets all finish. Failed requests are reported, not thrown; an
 * endpoint that takes no connection ends it early. Throws the signal's reason when aborted.
 */
export async function warmUp(options: WarmUpOptions): Promise<WarmUpResult> {
  const { target, workload, calibration, runSeed, attempt, signal } = options
  const plan = { model: target.model, workload, calibration, stage: 'warmup' as const, runSeed, attempt }
  const records: RequestRecord[] = []
  const session = new Session({
    target,
    endpoint: workload.endpoint,
    timeouts: timeoutsOf(durationMs(workload.requestTimeout)),
    signal,
    onSample: ({ record }) => records.push(record),
  })
  const source = openSource(plan, WHOLE)
  const warmupMs = durationMs(workload.warmup)
  const admit = (atMs: number) => (atMs <= warmupMs ? ('warmup' as const) : null)
  const { load } = workload
  const begun = async () => {
    const request = await source.next()
    if (request !== null) await session.send(request, 'warmup', 0)
  }
  try {
    if ('concurrency' in load || 'capacity' in load) {
      const concurrency = 'concurrency' in load ? load.concurrency : warmUpStreams(load)
      let first = concurrency
      // Each stream sends one request at least, however short the warm-up.
      const atLeastOne = (atMs: number) => (first-- > 0 ? 'warmup' : admit(atMs))
      await driveClosedLoop(session, { source, concurrency, staggerMs: 0, admit: atLeastOne })
    } else {
      const extent = { durationMs: warmupMs, requests: null }
      const times =
        'trace' in load ? null : arrivalTimes(load, seeded(workload.seed, runSeed, ARRIVALS), extent)
      const rate = 'rate' in load ? load.rate : 100
      await Promise.all([begun(), begun(), driveOpenLoop(session, { source, times, rate, admit })])
    }
    if (!(session.signal.reason instanceof EndpointUnreachableError)) session.signal.throwIfAborted()
  } finally {
    source.close?.()
    session.close()
  }
  const outcomes = countOutcomes(records)
  const firstError = records.find(({ outcome }) => outcome !== 'ok')?.error ?? null
  return { requests: records.length, succeeded: outcomes.ok ?? 0, outcomes, firstError }
}

/** A search for the capacity begins low, and warms up there. */
function warmUpStreams({ capacity }: CapacityLoad): number {
  return capacity.of === 'concurrency' ? Math.max(1, Math.round(capacity.upTo / 8)) : 2
}
