import type { ExperimentConditions } from '../domain/experiment.ts'
import type { Measurement } from '../domain/measurement.ts'
import type { Report } from '../domain/report.ts'
import { TuningSpec } from '../domain/tuning.ts'
import type { ReportExperiment, ReportInput } from './input.ts'

const LIMIT = 'ttft_p90_ms <= 4000'

/** Conditions of an experiment; `change` replaces parts of them. */
export function conditionsOf(change: Partial<ExperimentConditions> = {}): ExperimentConditions {
  return {
    host: 'node-1',
    devices: ['gpu-0', 'gpu-1'],
    engineVersion: '0.32.0+cu129',
    model: 'meta-llama/Llama-3.1-8B-Instruct',
    command: ['vllm', 'serve'],
    attempts: 1,
    ...change,
  }
}

function measuredAs(
  number: number,
  objective: number,
  ttft: number,
  change: Partial<ReportExperiment> = {},
): ReportExperiment {
  const metrics = { output_tokens_per_second: objective, ttft_p90_ms: ttft }
  const measurement: Measurement = {
    metrics,
    metricsWithFailures: metrics,
    requests: 400,
    outcomes: { ok: 400 },
    windowMs: 30_000,
    tokenSource: 'usage',
    inputTokensMean: 256,
    outputTokensMean: 64,
    cachedInputShare: 0,
    outputTokensPerSecondSeries: Array.from({ length: 30 }, (_, second) => objective + (second % 3)),
    inFlightSeries: Array.from({ length: 30 }, () => 16),
    distributions: {
      ttft: Array.from({ length: 101 }, (_, per) => ttft * (0.5 + per / 200)),
      itl: Array.from({ length: 101 }, (_, per) => 10 + per / 10),
    },
    warnings: [],
    clientLimited: false,
  }
  const holds = ttft <= 4000
  return {
    number,
    kind: number === 0 ? 'baseline' : 'search',
    state: 'completed',
    excluded: false,
    configuration: number === 0 ? {} : { max_num_seqs: 16 * number },
    reason: number === 0 ? "the engine's own defaults" : `exploit: max_num_seqs -> ${16 * number}`,
    objective,
    feasible: holds,
    result: {
      status: 'measured',
      measurement,
      constraints: [{ constraint: LIMIT, metric: 'ttft_p90_ms', value: ttft, limit: 4000, holds }],
    },
    conditions: conditionsOf(),
    ...change,
  }
}

/** What the report of a finished tuning is written from; `name` is that of the tuning, `count` its experiments. */
export function sampleInput(name = 'chat, 16 people', count = 8): ReportInput {
  const spec = TuningSpec.parse({
    name,
    engine: { kind: 'vllm', model: 'meta-llama/Llama-3.1-8B-Instruct', args: { dtype: 'bfloat16' } },
    workload: {
      prompts: { synthetic: { inputTokens: 256, outputTokens: 64 } },
      load: { concurrency: 16 },
    },
    objective: { maximize: 'output_tokens_per_second' },
    constraints: [LIMIT],
    space: { max_num_seqs: { type: 'integer', low: 1, high: 1024 } },
  })
  const experiments = Array.from({ length: count }, (_, number) =>
    measuredAs(number, 100 + 10 * number, 1000 + 700 * number),
  )
  const failed: ReportExperiment = {
    ...measuredAs(count, 0, 0),
    state: 'failed',
    objective: null,
    feasible: null,
    result: {
      status: 'failed',
      diagnosis: {
        kind: 'out_of_memory',
        summary: 'the GPU ran out of memory',
        evidence: 'torch.OutOfMemoryError: <CUDA> out of memory',
        advice: 'Lower gpu_memory_utilization.',
        exitCode: 1,
        signal: null,
        logTail: [],
      },
    },
  }
  const reported = (number: number): NonNullable<Report['best']> => {
    const experiment = experiments[number]
    const result = experiment?.result?.status === 'measured' ? experiment.result : null
    return {
      number,
      configuration: experiment?.configuration ?? {},
      metrics: result?.measurement.metrics ?? null,
      constraints: result?.constraints ?? [],
      feasible: true,
    }
  }
  return {
    spec,
    experiments: [...experiments, failed],
    report: {
      tuningId: 'abc123',
      name,
      verdict: 'better',
      headline: 'Experiment 4 is better than the baseline',
      objective: { metric: 'output_tokens_per_second', higherIsBetter: true },
      best: reported(4),
      baseline: reported(0),
      changes: [{ parameter: 'max_num_seqs', from: null, to: 64 }],
      gain: {
        ratio: 1.4,
        low: 1.36,
        high: 1.44,
        confidence: 0.95,
        pairs: 3,
        verdict: 'better',
        morePairs: null,
      },
      confirmation: [0, 1, 2].map((pair) => ({
        pair,
        best: 140 + pair,
        baseline: 100 + pair,
        missing: null,
      })),
      finalists: [{ number: 4, changes: 1, gain: null, feasible: true }],
      constraintsHold: true,
      constraintsInConfirmation: [{ constraint: LIMIT, held: 3, runs: 3, worst: 3900 }],
      command: 'vllm serve meta-llama/Llama-3.1-8B-Instruct --max-num-seqs 64',
      experiments: { completed: count, failed: 1, cutShort: 0, total: count + 1, spaceSize: 1024 },
      front: null,
      stopped: null,
      insight: null,
      durationMs: 3_600_000,
      createdAt: '2026-11-24T03:00:00.000Z',
    },
  }
}
