import type { Client } from '@temporalio/client'
import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Worker,
  type WorkflowBundle,
} from '@temporalio/worker'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Planned, RunStanding } from '../activities/tuning-activities.ts'
import { EXPERIMENT_ENDED_SIGNAL, experimentWorkflowId, tuningWorkflowId } from '../domain/temporal-names.ts'
import { bundleWorkflows } from '../temporal/worker.ts'
import type { ExperimentInput } from '../workflows/experiment.ts'
import type { TuningCarry } from '../workflows/tuning.ts'
import {
  api,
  connectTemporal,
  quickRequest,
  STAND_IN_ENGINE,
  startTestService,
  temporalAddress,
  type TestService,
} from './service.ts'

/** Moments of a tuning that are too short to be met by chance: real workflows whose activities wait for each other. */
let service: TestService
let calls: ReturnType<typeof api>
let temporal: Client
let connection: NativeConnection

beforeAll(async () => {
  service = await startTestService({ LLAMA_SERVER: STAND_IN_ENGINE })
  calls = api(service)
  temporal = await connectTemporal(service)
  connection = await NativeConnection.connect({ address: temporalAddress(service) })
})
afterAll(async () => {
  await connection.close()
  await temporal.connection.close()
  await service.remove()
})

const planned: Planned = {
  number: 0,
  kind: 'baseline',
  request: { engine: 'llama.cpp', runtime: 'process', devices: 1, labels: {}, exclusive: null },
}
const standing: RunStanding = {
  nextNumber: 1,
  searched: 0,
  hasBaseline: true,
  open: [{ number: 0, kind: 'baseline' }],
  spentMs: 0,
  engine: 'llama.cpp',
  model: 'm',
  parallelism: 1,
  budget: { experiments: 0, timeMs: null },
  measureTimeoutMs: 1000,
  hostLostAfterMs: 1000,
  continueAfterEvents: 10_000,
}
const carry: TuningCarry = {
  ...{ state: 'running', phase: 'search', finishing: false, usedUp: false },
  ...{ queued: [], again: [], running: standing.open, spentMs: 0 },
}

/** What the activities of a tuning do when there is nothing more to do. */
const nothingMore = {
  setTuningState: () => Promise.resolve(),
  planExperiment: () => Promise.resolve(null),
  writeReport: () => Promise.resolve({ headline: 'done' }),
  announceEnd: () => Promise.resolve(),
}

/** Activities of an experiment that waits for devices until it is cancelled. */
const waiting = {
  acquireLease: () => Promise.resolve(null),
  releaseLease: () => Promise.resolve(),
  recordCancellation: () => Promise.resolve(),
  closeExperiment: () => Promise.resolve(),
}

const workerOf = async (
  taskQueue: string,
  activities: object,
  workflowBundle: WorkflowBundle | Promise<WorkflowBundle> = bundleWorkflows(),
) => Worker.create({ connection, taskQueue, activities, workflowBundle: await workflowBundle })

/** A tuning that is stored and over: housekeeping ends the workflows of others. */
async function storedTuning(): Promise<string> {
  const { id } = await calls.start(quickRequest({ budget: { experiments: 1 } }))
  await temporal.workflow.result(tuningWorkflowId(id))
  return id
}

/** Runs what an earlier run has handed over, when there is nothing more to do, and returns the state that it ends in. */
async function goOn(
  taskQueue: string,
  openRun: (workflowId: string) => Promise<RunStanding>,
): Promise<unknown> {
  const tuningId = await storedTuning()
  const workflowId = tuningWorkflowId(tuningId)
  const worker = await workerOf(taskQueue, { ...nothingMore, openRun: () => openRun(workflowId) })
  const options = { workflowId, taskQueue, args: [{ tuningId, carry }] }
  return worker.runUntil(temporal.workflow.execute('tuningWorkflow', options))
}

test('a run that hears of the end of an experiment before it knows what runs does not wait for it', async () => {
  const state = await goOn('overtaken', async (workflowId) => {
    await temporal.workflow.getHandle(workflowId).signal(EXPERIMENT_ENDED_SIGNAL, 0, false)
    return standing
  })
  expect(state).toBe('completed')
})

test('a run does not wait for an experiment that ended when it could not be told', async () => {
  const state = await goOn('ended-between', () => Promise.resolve({ ...standing, open: [] }))
  expect(state).toBe('completed')
})

test('a tuning that is cancelled while a run of it begins stops what the run before left', async () => {
  const tuningId = await storedTuning()
  const workflowId = tuningWorkflowId(tuningId)
  const experimentId = experimentWorkflowId(tuningId, 99)
  const taskQueue = 'cancelled-early'
  const running = [{ number: 99, kind: 'search' as const }]
  const worker = await workerOf(taskQueue, {
    ...nothingMore,
    ...waiting,
    async openRun(): Promise<RunStanding> {
      await temporal.workflow.getHandle(workflowId).cancel()
      return { ...standing, open: running }
    },
    async closeExperiment(): Promise<void> {
      await temporal.workflow.getHandle(workflowId).signal(EXPERIMENT_ENDED_SIGNAL, 99, true)
    },
  })
  await worker.runUntil(async () => {
    const input: ExperimentInput = { ...planned, tuningId, measureTimeoutMs: 1000, hostLostAfterMs: 1000 }
    await temporal.workflow.start('experimentWorkflow', {
      ...{ workflowId: experimentId, taskQueue },
      args: [{ ...input, number: 99 }],
    })
    await temporal.workflow.start('tuningWorkflow', {
      ...{ workflowId, taskQueue },
      args: [{ tuningId, carry: { ...carry, running } }],
    })
    await expect(temporal.workflow.result(workflowId)).rejects.toThrow('cancelled')
    const { status } = await temporal.workflow.getHandle(experimentId).describe()
    expect(status.name).toBe('CANCELLED')
  })
})

test('an experiment that is abandoned when its workflow is only ordered is stopped when it starts', async () => {
  const tuningId = 'abandoned-early'
  const bundle = bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./abandoning-workflow.ts', import.meta.url)),
    logger: new DefaultLogger('WARN'),
  })
  const worker = await workerOf(tuningId, waiting, bundle)
  const options = { workflowId: tuningId, taskQueue: tuningId, args: [tuningId, planned, standing] }
  await worker.runUntil(temporal.workflow.execute('abandoningWorkflow', options))
  const { status } = await temporal.workflow.getHandle(experimentWorkflowId(tuningId, 0)).describe()
  expect(status.name).toBe('CANCELLED')
})
