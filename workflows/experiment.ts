import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  log,
  proxyActivities,
  rootCause,
  setHandler,
  TimeoutFailure,
  workflowInfo,
} from '@temporalio/workflow'
import type { EngineActivities } from '../activities/engine-activities.ts'
import type { LoadActivities } from '../activities/load-activities.ts'
import type { EngineStartRef } from '../activities/running-engine.ts'
import type { TuningActivities } from '../activities/tuning-activities.ts'
import type { LeaseRequest } from '../domain/allocation.ts'
import { plainDiagnosis } from '../domain/plain-diagnosis.ts'
import { CONFIGURATION_FAILED, ENGINE_LOST, hostTaskQueue } from '../domain/temporal-names.ts'
import { QUICK } from './activity-options.ts'
import { leaseSignal } from './messages.ts'

export interface ExperimentInput {
  tuningId: string
  number: number
  request: LeaseRequest
  /** The longest that one measurement can take, in ms. */
  measureTimeoutMs: number
  /** A host that does not take up work for this long is lost, in ms. */
  hostLostAfterMs: number
}

/** How often an engine is started for one experiment before the trouble counts as its result. */
const MAX_ATTEMPTS = 3

/** Devices are offered by signal, and housekeeping repeats one that was lost: this is for both being lost. */
const LEASE_RECHECK = '15 minutes'

const { acquireLease, recordMeasurement, recordFailure, recordCancellation, releaseLease, closeExperiment } =
  proxyActivities<TuningActivities>(QUICK)

/** The activities of one host; a worker that was killed is waited for as long as the host is not lost. */
function hostActivities(
  host: string,
  { measureTimeoutMs, hostLostAfterMs }: Pick<ExperimentInput, 'measureTimeoutMs' | 'hostLostAfterMs'>,
) {
  const retry = { initialInterval: '500 milliseconds', maximumInterval: '10 seconds' } as const
  const queue = { taskQueue: hostTaskQueue(host), scheduleToStartTimeout: hostLostAfterMs } as const
  const heartbeatTimeout = '15 seconds'
  const { stopEngine } = proxyActivities<EngineActivities>({
    ...queue,
    retry,
    heartbeatTimeout,
    startToCloseTimeout: '3 minutes',
  })
  const long = { ...queue, heartbeatTimeout, cancellationType: 'WAIT_CANCELLATION_COMPLETED' } as const
  const { awaitReady } = proxyActivities<EngineActivities>({ ...long, retry, startToCloseTimeout: '1 hour' })
  const { startEngine } = proxyActivities<EngineActivities>({
    ...long,
    // The image of an engine may be tens of gigabytes, over a slow line.
    startToCloseTimeout: '2 hours',
    retry: { ...retry, maximumAttempts: 20 },
  })
  const { warmUp, measure } = proxyActivities<LoadActivities>({
    ...long,
    startToCloseTimeout: measureTimeoutMs,
    retry: { ...retry, maximumAttempts: 20 },
  })
  return { startEngine, stopEngine, awaitReady, warmUp, measure }
}

/**
 * Tries one configuration: leases devices, starts the engine, waits, warms up, measures, records, stops, releases.
 * Whatever happens, the engine is stopped and the devices are free when it ends.
 */
export async function experimentWorkflow(input: ExperimentInput): Promise<void> {
  const { tuningId, number, request } = input
  let mayHaveLease = false
  setHandler(leaseSignal, () => {
    mayHaveLease = true
  })

  let attempt = 1
  let cancelled = false
  try {
    for (; ; attempt++) {
      const loss = await tryOnce({ tuningId, number, attempt })
      if (loss === null) return
      if (attempt === MAX_ATTEMPTS) return await recordFailure(tuningId, number, loss.diagnosis)
      log.info('the engine was lost, starting it again', { attempt, cause: loss.cause })
    }
  } catch (error) {
    cancelled = isCancellation(error)
    if (cancelled) await CancellationScope.nonCancellable(() => recordCancellation(tuningId, number))
    throw error
  } finally {
    const ref = { tuningId, number, attempt: Math.min(attempt, MAX_ATTEMPTS) }
    const parentRunId = workflowInfo().parent?.runId ?? null
    await CancellationScope.nonCancellable(() => closeExperiment(ref, { parentRunId, cancelled }))
  }

  /** Returns how the engine was lost, when that was no fault of the configuration; null when there is a result. */
  async function tryOnce(ref: EngineStartRef): Promise<Trouble | null> {
    let host: ReturnType<typeof hostActivities> | null = null
    try {
      const lease = await waitForLease()
      host = hostActivities(lease.host, input)
      await host.startEngine(ref, lease.devices)
      await host.awaitReady(ref)
      const calibration = await host.warmUp(ref)
      const measurement = await host.measure(ref, calibration)
      await recordMeasurement(ref, measurement)
      return null
    } catch (error) {
      if (isCancellation(error)) throw error
      const trouble = explain(error)
      // A host that is lost cannot stop its engine now: it does so itself when it is back.
      if (trouble.hostLost) host = null
      if (trouble.lost) return trouble
      await recordFailure(tuningId, number, trouble.diagnosis)
      return null
    } finally {
      await CancellationScope.nonCancellable(() => stop(host, ref))
    }
  }

  /** The signal only says that asking is worth while: what is asked is the truth. */
  async function waitForLease() {
    for (;;) {
      mayHaveLease = false
      const lease = await acquireLease(tuningId, number, request)
      if (lease !== null) return lease
      await condition(() => mayHaveLease, LEASE_RECHECK)
    }
  }

  async function stop(host: Pick<EngineActivities, 'stopEngine'> | null, ref: EngineStartRef): Promise<void> {
    try {
      if (host === null) await releaseLease(tuningId, number)
      else await host.stopEngine(ref)
    } catch (error) {
      log.warn('the engine could not be stopped', { error: String(error) })
      await releaseLease(tuningId, number)
    }
  }
}

interface Trouble {
  cause: string
  /** What the activity gave, or was made of what is known: it is checked where it is recorded. */
  diagnosis: unknown
  /** Another start may help. */
  lost: boolean
  hostLost: boolean
}

function explain(error: unknown): Trouble {
  const failure = error instanceof ActivityFailure ? error.cause : error
  if (failure instanceof ApplicationFailure) {
    const lost = failure.type === ENGINE_LOST
    if (lost || failure.type === CONFIGURATION_FAILED)
      return { cause: failure.message, diagnosis: failure.details?.[0], lost, hostLost: false }
  }
  const hostLost = failure instanceof TimeoutFailure && failure.timeoutType === 'SCHEDULE_TO_START'
  const cause = hostLost ? 'the host is lost' : (rootCause(error) ?? 'the host or its worker failed')
  const diagnosis = plainDiagnosis('infrastructure', cause, 'See the workflow in Temporal Web.')
  return { cause, diagnosis, lost: true, hostLost }
}
