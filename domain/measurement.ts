import { z } from 'zod'
import { Metrics } from './metric.ts'

/** How a request ended; each has exactly one outcome. Only `ok` counts as success. */
export const Outcome = z.enum([
  'ok',
  'http_429',
  'http_4xx',
  'http_5xx',
  'connect',
  'reset',
  'truncated',
  'stream_error',
  'bad_body',
  'empty',
  'timeout_connect',
  'timeout_ttft',
  'timeout_idle',
  'timeout_total',
  'cancelled',
])
export type Outcome = z.infer<typeof Outcome>

const Ms = z.number().nullable()

/** One request as it happened; times are milliseconds since the start of the run (one monotonic clock). */
export const RequestRecord = z.object({
  index: z.int(),
  phase: z.enum(['warmup', 'measured']).meta({
    description: 'warmup: sent before the window; measured: sent within it.',
  }),
  scheduledMs: z.number().meta({ description: 'When the arrival process wanted it sent.' }),
  sentMs: z.number(),
  headersMs: Ms,
  firstTokenMs: Ms,
  lastTokenMs: Ms,
  endMs: z.number(),
  tokenTimesMs: z.array(z.number()).meta({ description: 'Arrival of each token-bearing event.' }),
  inputTokens: z.int().nullable(),
  cachedInputTokens: z.int().nullable(),
  outputTokens: z.int().nullable(),
  tokenSource: z.enum(['usage', 'timings', 'chunks']).nullable(),
  outcome: Outcome,
  status: z.int().nullable().meta({ description: 'HTTP status.' }),
  finishReason: z.string().nullable(),
  error: z.string().nullable().meta({ description: 'What went wrong, in a line.' }),
  missingDone: z.boolean().optional().meta({ description: 'The stream ended properly but without [DONE].' }),
  staleConnection: z.boolean().optional().meta({
    description:
      'The server closed an idle connection just as this was sent; it was sent again on a new one.',
  }),
})
export type RequestRecord = z.infer<typeof RequestRecord>

/** The result of driving one started engine with a workload. */
export const Measurement = z.object({
  metrics: Metrics.meta({ description: 'Over successful requests.' }),
  metricsWithFailures: Metrics.meta({
    description: 'The same, where each failed request counts as infinitely late: what limits are judged by.',
  }),
  requests: z.int().meta({ description: 'Requests that the figures rest on, failed ones included.' }),
  outcomes: z.partialRecord(Outcome, z.int()).meta({ description: 'Requests by outcome.' }),
  windowMs: z.number(),
  tokenSource: z.enum(['usage', 'timings', 'chunks', 'mixed']).nullable(),
  inputTokensMean: z.number().nullable(),
  outputTokensMean: z.number().nullable(),
  cachedInputShare: z
    .number()
    .nullable()
    .meta({ description: 'Share of input tokens the engine had in its prefix cache.' }),
  outputTokensPerSecondSeries: z
    .array(z.number())
    .meta({ description: 'Output tokens in each second of the window.' }),
  warnings: z.array(z.string()).meta({ description: 'Why these figures may not be trusted.' }),
  clientLimited: z.boolean().meta({ description: 'The load generator, not the engine, was the limit.' }),
})
export type Measurement = z.infer<typeof Measurement>

/** What a running measurement reports about once a second. */
export const LiveFigures = z.object({
  elapsedMs: z.number(),
  totalMs: z.number(),
  inFlight: z.int(),
  completed: z.int(),
  failed: z.int(),
  outputTokensPerSecond: z.number().meta({ description: 'Over the last second.' }),
  ttftP50Ms: z.number().nullable(),
})
export type LiveFigures = z.infer<typeof LiveFigures>
