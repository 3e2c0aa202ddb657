import { z } from 'zod'
import { ConstraintCheck, RequestSlo } from './constraint.ts'
import { Measurement, Outcome } from './measurement.ts'
import { Metrics } from './metric.ts'
import { Workload } from './workload.ts'

const Ms = z.number().nullable()

/** A latency's distribution in milliseconds. */
export const LatencySummary = z.object({
  count: z.int(),
  mean: Ms,
  p50: Ms,
  p90: Ms,
  p95: Ms,
  p99: Ms,
  max: Ms,
})

/** One run of `redline bench`. */
export const BenchRun = z.object({
  seed: z.int(),
  startedAt: z.iso.datetime(),
  durationS: z.number().meta({ description: 'From the first measured send to the last end.' }),
  requests: z.object({
    sent: z.int().meta({ description: 'Measured requests: the sum of the outcomes.' }),
    succeeded: z.int(),
    failed: z.int(),
    warmup: z.int().meta({ description: 'Sent before, in no figure.' }),
  }),
  outcomes: z.partialRecord(Outcome, z.int()),
  tokens: z.object({
    input: z.int(),
    cachedInput: z.int(),
    output: z.int(),
    reasoning: z.int(),
    wasted: z.int(),
  }),
  metrics: Metrics,
  latencies: z.record(z.string(), LatencySummary),
  windowS: z.tuple([z.number(), z.number()]).meta({
    description: 'The steady window that throughput rests on, in seconds since the start.',
  }),
  measurement: Measurement,
})
export type BenchRun = z.infer<typeof BenchRun>

/** What was asked of the load beside what the workload says. */
const Asked = z.object({
  extent: z
    .object({
      requests: z.int().nullable(),
      durationMs: z.number().nullable(),
      warmupRequests: z.int(),
      warmupMs: z.number(),
      staggerMs: z.number().nullable(),
    })
    .nullable()
    .meta({ description: 'Null in a search for the capacity, which goes by the durations of the workload.' }),
  repeats: z.int(),
  ignoreEos: z.boolean(),
  stream: z.boolean(),
  extraBody: z.record(z.string(), z.unknown()),
  timeoutsMs: z.record(z.string(), z.number()),
  tokenizer: z.string().nullable(),
  calibrate: z.boolean(),
})

/** The file that `redline bench --json` writes. */
export const BenchResult = z.object({
  kind: z.literal('redline-bench'),
  version: z.string(),
  label: z.string().nullable(),
  target: z.object({ baseUrl: z.string(), model: z.string(), endpoint: z.enum(['chat', 'completions']) }),
  workload: Workload.meta({
    description: 'Written without its duration and warm-up where `asked.extent` says what there was of both.',
  }),
  asked: Asked.optional().meta({ description: 'Files of earlier versions do not have it.' }),
  slo: z.object({
    perRequest: RequestSlo,
    attainmentWanted: z.number(),
    constraints: z.array(ConstraintCheck),
    met: z.boolean().nullable().meta({ description: 'Null when no SLO was given.' }),
  }),
  clientLimited: z.boolean(),
  warnings: z.array(z.string()),
  exitCode: z.int(),
  runs: z.array(BenchRun).min(1),
})
export type BenchResult = z.infer<typeof BenchResult>
