import { condition, executeChild, proxyActivities, workflowInfo } from '@temporalio/workflow'
import { hostTaskQueue } from '../domain/temporal-names.ts'
import type { BareActivities } from './bare-activities.ts'

// What Temporal itself takes: the activities of a tuning and of its experiments in the same order, all of them empty.

const { planExperiment, acquireLease, recordMeasurement, closeExperiment } = proxyActivities<BareActivities>({
  startToCloseTimeout: '1 minute',
})

/** One experiment beside Redline's: eight activities, of which five are the host's. */
export async function bareExperiment(host: string): Promise<void> {
  const { startEngine, awaitReady, warmUp, measure, stopEngine } = proxyActivities<BareActivities>({
    taskQueue: hostTaskQueue(host),
    startToCloseTimeout: '1 minute',
  })
  await acquireLease()
  await startEngine()
  await awaitReady()
  await warmUp()
  await measure()
  await recordMeasurement()
  await stopEngine()
  await closeExperiment()
}

/** Runs `count` experiments, `parallelism` at a time, each planned by an activity; the first runs alone. */
export async function bareTuning(host: string, count: number, parallelism: number): Promise<void> {
  const { workflowId } = workflowInfo()
  let running = 0
  for (let number = 0; number < count; number++) {
    await condition(() => running < (number === 1 ? 1 : parallelism))
    await planExperiment()
    running++
    void executeChild(bareExperiment, {
      workflowId: `${workflowId}/experiment-${number}`,
      args: [host],
    }).then(() => running--)
  }
  await condition(() => running === 0)
}
