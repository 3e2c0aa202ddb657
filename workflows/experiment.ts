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
} from '@temporalio/workflow'
import type { EngineActivities, EngineStartRef } from '../activities/engine-activities.ts'
import type { TuningActivities } from '../activities/tuning-activities.ts'
import { Diagnosis, plainDiagnosis } from '../domain/diagnosis.ts'
import { ENGINE_LOST, hostTaskQueue } from '../domain/temporal-names.ts'
import { leaseMayBeFreeSignal } from './messages.ts'

export interface ExperimentInput {
  tuningId: string
  number: number
  /** The longest that one measurement can take, in ms. */
  measureTimeoutMs: number
}

/** How often an engine is started for one experiment before the trouble counts as its result. */
const MAX_ATTEMPTS = 3

/** A device is offered by signal; this is for a signal that was lost with its sender. */
const LEASE_RECHECK = '30 seconds'

/** A host that does not take up work for this long is lost. */
const HOST_LOST_AFTER = '10 minutes'

const { acquireLease, recordMeasurement, recordFailure, recordCancellation, releaseLease, closeExperiment } =
  proxyActivities<TuningActivities>({
    startToCloseTimeout: '30 seconds',
    retry: { initialInterval: '500 milliseconds', maximumInterval: '30 seconds' },
  })

/** The activities of one host; a worker that was killed is waited for as long as the host is not lost. */
function hostActivities(host: string, measureTimeoutMs: number) {
  const taskQueue = hostTaskQueue(host)
  const retry = { initialInterval: '500 milliseconds', maximumInterval: '10 seconds' } as const
  const cancellationType = 'WAIT_CANCELLATION_COMPLETED'
  const short = {
    taskQueue,
    retry,
    scheduleToStartTimeout: HOST_LOST_AFTER,
    startToCloseTimeout: '1 minute',
  } as const
  const long = {
    taskQueue,
    cancellationType,
    scheduleToStartTimeout: HOST_LOST_AFTER,
    heartbeatTimeout: '15 seconds',
  } as const
  const { stopEngine } = proxyActivities<EngineActivities>(short)
  const { awaitReady } = proxyActivities<EngineActivities>({ ...long, startToCloseTimeout: '1 hour', retry })
  const { startEngine } = proxyActivities<EngineActivities>({
    ...long,
    // The image of an engine may be tens of gigabytes, over a slow line.
    startToCloseTimeout: '2 hours',
    retry: { ...retry, maximumAttempts: 20 },
  })
  const { warmUp, measure } = proxyActivities<EngineActivities>({
    ...long,
    startToCloseTimeout: measureTimeoutMs,
    retry: { ...retry, maximumAttempts: 20 },
  })
  return { startEngine, stopEngine, awaitReady, warmUp, measure }
}

/**
 * Tries one configuration: leases a device, starts the engine, waits, warms up, measures, records, stops, releases.
 * Whatever happens, the engine is stopped and the device is free when it ends.
 */
export async function experimentWorkflow({
  tuningId,
  number,
  measureTimeoutMs,
}: ExperimentInput): Promise<void> {
  let leaseMayBeFree = false
  setHandler(leaseMayBeFreeSignal, () => {
    leaseMayBeFree = true
  })

  let attempt = 1
  try {
    for (; ; attempt++) {
      const outcome = await tryOnce({ tuningId, number, attempt })
      if (outcome === 'done') return
      if (attempt === MAX_ATTEMPTS) return await recordFailure(tuningId, number, outcome)
      log.info('the engine was lost, starting it again', { attempt, summary: outcome.summary })
    }
  } catch (error) {
    if (isCancellation(error)) {
      await CancellationScope.nonCancellable(() => recordCancellation(tuningId, number))
    }
    throw error
  } finally {
    await CancellationScope.nonCancellable(() =>
      closeExperiment({ tuningId, number, attempt: Math.min(attempt, MAX_ATTEMPTS) }),
    )
  }

  /** Returns the diagnosis of an engine that was lost through no fault of the configuration, else `done`. */
  async function tryOnce(ref: EngineStartRef): Promise<'done' | Diagnosis> {
    const lease = await waitForLease()
    const host = hostActivities(lease.host, measureTimeoutMs)
    try {
      await host.startEngine(ref, lease.device)
      await host.awaitReady(ref)
      const calibration = await host.warmUp(ref)
      const measurement = await host.measure(ref, calibration)
      await recordMeasurement(ref, measurement)
      return 'done'
    } catch (error) {
      if (isCancellation(error)) throw error
      const { lost, diagnosis } = explain(error)
      if (lost) return diagnosis
      await recordFailure(tuningId, number, diagnosis)
      return 'done'
    } finally {
      await CancellationScope.nonCancellable(() => stop(host, ref))
    }
  }

  async function waitForLease() {
    for (;;) {
      leaseMayBeFree = false
      const lease = await acquireLease(tuningId, number)
      if (lease !== null) return lease
      await condition(() => leaseMayBeFree, LEASE_RECHECK)
    }
  }

  /** A host that is lost cannot stop its engine now: it does so itself when it is back. */
  async function stop(host: Pick<EngineActivities, 'stopEngine'>, ref: EngineStartRef): Promise<void> {
    try {
      await host.stopEngine(ref)
    } catch (error) {
      log.warn('the engine could not be stopped', { error: String(error) })
      await releaseLease(tuningId, number)
    }
  }
}

/** Turns an activity's failure into a diagnosis, and says whether another start may help. */
function explain(error: unknown): { lost: boolean; diagnosis: Diagnosis } {
  const cause = error instanceof ActivityFailure ? error.cause : error
  if (cause instanceof ApplicationFailure) {
    const details = Diagnosis.safeParse(cause.details?.[0])
    if (details.success) return { lost: cause.type === ENGINE_LOST, diagnosis: details.data }
  }
  const summary = rootCause(error) ?? 'the host or its worker failed'
  return {
    lost: true,
    diagnosis: plainDiagnosis('infrastructure', summary, 'See the workflow in Temporal Web.'),
  }
}
