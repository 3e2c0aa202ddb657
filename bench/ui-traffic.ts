import { setTimeout } from 'node:timers/promises'
import type { Database } from '../database/connect.ts'
import { announceLive } from '../database/events.ts'
import { finishExperiment, saveConditions, setExperimentStage } from '../database/experiments.ts'
import { planExperiment } from '../database/plans.ts'
import { announceHost, type HostOffer } from '../database/hosts.ts'
import { acquireLease, releaseLease } from '../database/leases.ts'
import { createTuning, setTuningState } from '../database/tunings.ts'
import type { ExperimentResult } from '../domain/experiment.ts'
import type { Configuration } from '../domain/parameter.ts'
import { TuningSpec } from '../domain/tuning.ts'
import { cpuDevices } from '../runtimes/detect-devices.ts'
import { newMeasurement } from '../tests/measurement.ts'

export const TUNING = 'tuning-of-benchmarks'
const LIMIT = 'ttft_p90_ms <= 4000'

/** Stages of an experiment that are told of; planned and finished come with them. */
const STAGES = ['starting', 'warming', 'measuring'] as const
/** Events of one experiment. */
export const EVENTS_EACH = STAGES.length + 2

const HOST: HostOffer = {
  name: 'node-0',
  devices: cpuDevices(32, 64, 'CPU'),
  engines: [{ kind: 'vllm', path: '/usr/bin/vllm', version: null }],
  runtimes: ['process'],
  labels: {},
  version: 'bench',
}

/** Stores a tuning that runs. */
export async function storeTuning(db: Database, experiments: number): Promise<void> {
  const spec = TuningSpec.parse({
    name: 'five hundred experiments',
    engine: { kind: 'vllm', model: 'meta-llama/Llama-3.1-8B-Instruct' },
    workload: { prompts: { synthetic: { inputTokens: 256, outputTokens: 64 } }, load: { concurrency: 16 } },
    objective: { maximize: 'output_tokens_per_second' },
    constraints: [LIMIT],
    space: {
      max_num_seqs: { type: 'integer', low: 1, high: 1024, scale: 'log' },
      max_num_batched_tokens: { type: 'integer', low: 512, high: 32_768, scale: 'power-of-two' },
      block_size: { type: 'categorical', choices: [16, 32] },
      gpu_memory_utilization: { type: 'float', low: 0.7, high: 0.95 },
      enable_prefix_caching: { type: 'boolean' },
    },
    budget: { experiments: 10_000 },
    parallelism: 4,
  })
  await createTuning(db, { id: TUNING, spec, idempotencyKey: null })
  await setTuningState(db, TUNING, { state: 'running', phase: 'search' })
  for (let number = 0; number < experiments; number += 1) {
    await plan(db, number)
    await endExperiment(db, number)
  }
}

/** Plays one experiment to its end, spread over a time; the listeners hear when it is stored that it is so far. */
export async function playExperiment(
  db: Database,
  number: number,
  lastsMs: number,
  { onPlanned, onHeld, onFinished }: Record<'onPlanned' | 'onHeld' | 'onFinished', () => void>,
): Promise<void> {
  await plan(db, number)
  onPlanned()
  // As a worker does now and then: a host that is not heard of gets nothing.
  await announceHost(db, HOST)
  const workflowId = `${TUNING}-${number}`
  await acquireLease(db, {
    workflowId,
    tuningId: TUNING,
    project: 'default',
    number,
    priority: 0,
    request: { engine: 'vllm', runtime: 'process', devices: 1, labels: {}, exclusive: null },
  })
  onHeld()
  for (const stage of STAGES) {
    await setTimeout(lastsMs / (EVENTS_EACH - 1))
    await setExperimentStage(db, TUNING, number, { stage, attempt: 1 })
  }
  await setTimeout(lastsMs / (EVENTS_EACH - 1))
  await endExperiment(db, number)
  onFinished()
  await releaseLease(db, workflowId)
}

/** Brings an experiment to where it is measured. */
export async function startExperiment(db: Database, number: number): Promise<void> {
  await plan(db, number)
  await setExperimentStage(db, TUNING, number, { stage: 'measuring', attempt: 1 })
}

/** Tells live of a running experiment how many requests are done. */
export async function announceRequests(db: Database, experiment: number, completed: number): Promise<void> {
  const figures = {
    elapsedMs: completed * 100,
    totalMs: 60_000,
    inFlight: 16,
    completed,
    failed: 0,
    outputTokensPerSecond: 1800 + (completed % 50),
    ttftP50Ms: 200 + (completed % 50),
  }
  await announceLive(db, TUNING, { type: 'experiment.live', experiment, figures })
}

async function plan(db: Database, number: number): Promise<void> {
  const place = (number * 0.618_034) % 1
  const configuration: Configuration = {
    max_num_seqs: Math.round(1024 ** place),
    max_num_batched_tokens: 2 ** (9 + (number % 7)),
    block_size: number % 2 === 0 ? 16 : 32,
    gpu_memory_utilization: Number((0.7 + 0.25 * place).toFixed(3)),
    enable_prefix_caching: number % 3 === 0,
  }
  await planExperiment(db, TUNING, number, () => ({
    kind: number === 0 ? 'baseline' : 'search',
    configuration: number === 0 ? {} : configuration,
    reason: 'to see what a page does with many experiments',
  }))
}

/** Ends an experiment; every eleventh fails. */
export async function endExperiment(db: Database, number: number): Promise<void> {
  await saveConditions(db, TUNING, number, {
    host: `node-${number % 4}`,
    devices: ['gpu-0'],
    engineVersion: '0.32.0',
    model: 'meta-llama/Llama-3.1-8B-Instruct',
    command: ['vllm', 'serve', 'meta-llama/Llama-3.1-8B-Instruct'],
    attempts: 1,
  })
  await finishExperiment(db, TUNING, number, number % 11 === 10 ? FAILED : measured(number))
}

const FAILED: ExperimentResult = {
  status: 'failed',
  diagnosis: {
    kind: 'out_of_memory',
    summary: 'the GPU ran out of memory',
    evidence: 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB',
    advice: 'Lower gpu_memory_utilization.',
    exitCode: 1,
    signal: null,
    logTail: [],
  },
}

function measured(number: number): ExperimentResult {
  const noise = Math.sin(number * 12.9898) * 0.5 + 0.5
  const ttft = 900 + 4200 * noise
  const metrics = {
    output_tokens_per_second: 1800 + 2400 * Math.abs(Math.sin(number * 0.7)) + noise,
    requests_per_second: 30 + noise,
    ttft_p90_ms: ttft,
  }
  return {
    status: 'measured',
    constraints: [
      { constraint: LIMIT, metric: 'ttft_p90_ms', value: ttft, limit: 4000, holds: ttft <= 4000 },
    ],
    measurement: newMeasurement(metrics, {
      requests: 900,
      outcomes: { ok: 900 },
      windowMs: 30_000,
      outputTokensPerSecondSeries: Array.from({ length: 30 }, (_, second) => 2000 + second * noise),
    }),
  }
}
