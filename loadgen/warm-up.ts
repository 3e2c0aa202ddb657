import { durationMs } from '../domain/duration.ts'
import type { Outcome } from '../domain/measurement.ts'
import { driveClosedLoop, driveOpenLoop } from './drive.ts'
import { EndpointUnreachableError } from './errors.ts'
import { seeded } from './random.ts'
import { countOutcomes, type RunOptions } from './run.ts'
import { Session } from './session.ts'

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
  const session = new Session(target, plan, signal)
  const warmupMs = durationMs(workload.warmup)
  const { load } = workload
  try {
    if ('rate' in load) {
      const phaseAt = (atMs: number) => (atMs <= warmupMs ? 'warmup' : null)
      await Promise.all([
        session.send('warmup', 0),
        session.send('warmup', 0),
        driveOpenLoop(session, { load, random: seeded(workload.seed, runSeed, ARRIVALS), phaseAt }),
      ])
    } else {
      const phase = () => (session.now() < warmupMs ? 'warmup' : null)
      await driveClosedLoop(session, { concurrency: load.concurrency, staggerMs: 0, phase })
    }
    if (!(session.signal.reason instanceof EndpointUnreachableError)) session.signal.throwIfAborted()
  } finally {
    session.close()
  }
  const records = session.samples.map(({ record }) => record)
  const outcomes = countOutcomes(records)
  const firstError = records.find(({ outcome }) => outcome !== 'ok')?.error ?? null
  return { requests: records.length, succeeded: outcomes.ok ?? 0, outcomes, firstError }
}
