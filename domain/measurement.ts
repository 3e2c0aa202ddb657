import { z } from 'zod'
import { CutShort } from './cut-short.ts'
import { MetricName, Metrics } from './metric.ts'

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

/** What each outcome means, for documents. */
export const OUTCOME_MEANINGS: Record<Outcome, string> = {
  ok: 'The answer came whole.',
  http_429: 'The server turned it away as too many.',
  http_4xx: 'Another refusal: the request was not what the server takes.',
  http_5xx: 'The server said that it failed.',
  connect: 'No connection: refused, a name that is unknown, TLS.',
  reset: 'The connection was cut, before or within the answer.',
  truncated: 'It ended without finish reason and [DONE], or within its message.',
  stream_error: 'The stream bore an error in place of the rest.',
  bad_body: 'What came is no answer of this protocol.',
  empty: 'It ended well, without a token.',
  timeout_connect: 'No connection within the time for it.',
  timeout_ttft: 'No token within the time for the first.',
  timeout_idle: 'Nothing more came within the time between bytes.',
  timeout_total: 'It took longer than a request may.',
  cancelled: 'The load generator gave it up: the measurement was over.',
}

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
  tokenTotals: z.array(z.int()).optional().meta({
    description:
      'Output tokens so far at each token-bearing event, where the server counts with each of them.',
  }),
  inputTokens: z.int().nullable(),
  cachedInputTokens: z.int().nullable(),
  outputTokens: z.int().nullable(),
  tokenSource: z.enum(['usage', 'timings', 'tokenizer', 'chunks']).nullable(),
  outcome: Outcome,
  status: z.int().nullable().meta({ description: 'HTTP status.' }),
  finishReason: z.string().nullable(),
  error: z.string().nullable().meta({ description: 'What went wrong, in a line.' }),
  missingDone: z.boolean().optional().meta({ description: 'The stream ended properly but without [DONE].' }),
  dispatchedMs: z.number().optional().meta({
    description: 'When it was handed to the client; later than scheduled by what the client was late.',
  }),
  connectMs: z.number().optional().meta({
    description: 'How long it waited for a new connection before it was sent.',
  }),
  eventTimesMs: z.array(z.number()).optional().meta({ description: 'Arrival of every event.' }),
  firstResponseMs: Ms.optional().meta({
    description: 'First event with choices, empty ones included: what vLLM takes for the first token.',
  }),
  firstOutputMs: Ms.optional().meta({ description: 'First token that is no reasoning.' }),
  reasoningTokens: z.int().nullable().optional(),
  turn: z.int().optional().meta({ description: 'Turn of the conversation, from 0.' }),
  staleConnection: z.boolean().optional().meta({
    description:
      'The server closed an idle connection just as this was sent; it was sent again on a new one.',
  }),
})
export type RequestRecord = z.infer<typeof RequestRecord>

/** A confidence interval; an end that the sample cannot bound is null. */
export const Interval = z.object({ low: z.number().nullable(), high: z.number().nullable() })
export type Interval = z.infer<typeof Interval>

export const Intervals = z.partialRecord(MetricName, Interval)
export type Intervals = z.infer<typeof Intervals>

/** How the load generator fared: what tells whether it was the limit. */
export const ClientFigures = z.object({
  latenessP99Ms: z
    .number()
    .nullable()
    .meta({ description: 'Open loop: how late requests were sent, 99th percentile.' }),
  rateTarget: z.number().nullable(),
  rateActual: z.number().nullable(),
  eventLoopDelayP99Ms: z.number(),
  cpuShare: z.number().meta({ description: 'CPU time of the busiest thread over wall time.' }),
  threads: z.int(),
  connectP50Ms: z.number().nullable(),
  staleConnections: z.int(),
})
export type ClientFigures = z.infer<typeof ClientFigures>

/** One level of load that a capacity search tried. */
export const CapacityLevel = z.object({
  load: z.number(),
  requests: z.int(),
  met: z.int().meta({ description: 'Requests that met the SLO.' }),
  verdict: z.enum(['holds', 'fails', 'open']),
  metrics: Metrics,
  intervals: Intervals,
})
export type CapacityLevel = z.infer<typeof CapacityLevel>

/** What a capacity search found: the redline. */
export const CapacityResult = z.object({
  of: z.enum(['concurrency', 'rate']),
  attainment: z.number(),
  confidence: z.number(),
  capacity: z.number().nullable().meta({ description: 'Highest load shown to hold; null when none did.' }),
  low: z.number().nullable().meta({ description: 'The capacity is at least this, with the confidence.' }),
  high: z
    .number()
    .nullable()
    .meta({ description: 'It is at most this; null when no load tried was shown to fail.' }),
  levels: z.array(CapacityLevel).meta({ description: 'In order of load.' }),
  requests: z.int(),
})
export type CapacityResult = z.infer<typeof CapacityResult>

/** The result of driving one started engine with a workload. */
export const Measurement = z.object({
  metrics: Metrics.meta({ description: 'Over successful requests.' }),
  metricsWithFailures: Metrics.meta({
    description: 'The same, where each failed request counts as infinitely late: what limits are judged by.',
  }),
  requests: z.int().meta({ description: 'Requests that the figures rest on, failed ones included.' }),
  outcomes: z.partialRecord(Outcome, z.int()).meta({ description: 'Requests by outcome.' }),
  windowMs: z.number(),
  tokenSource: z.enum(['usage', 'timings', 'tokenizer', 'chunks', 'mixed']).nullable(),
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
  cutShort: CutShort.optional().meta({
    description:
      'Why it ended early; the figures are those until then. Left out when it was taken to the end.',
  }),
  disturbed: z.boolean().optional().meta({
    description: 'Something outside disturbed it, also when it was repeated; the warnings say what.',
  }),
  intervals: Intervals.optional().meta({
    description: 'Confidence intervals by metric; a metric whose sample is too small for one is left out.',
  }),
  client: ClientFigures.optional(),
  wastedTokens: z.int().optional().meta({ description: 'Tokens of requests that then failed.' }),
  inFlightSeries: z
    .array(z.number())
    .optional()
    .meta({ description: 'Requests in flight, averaged over each second of the window.' }),
  capacity: CapacityResult.optional(),
  distributions: z
    .partialRecord(z.enum(['ttft', 'itl']), z.array(z.number()))
    .optional()
    .meta({ description: 'Percentiles 0 to 100 of TTFT and of all gaps between tokens, in ms.' }),
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
