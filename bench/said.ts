import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { RequestRecord } from '../domain/measurement.ts'
import { meanOf } from '../domain/statistics/moments.ts'
import { percentile } from '../domain/statistics/percentile.ts'
import { latenciesOf } from '../loadgen/latencies.ts'

/** Figures of a run under our names for them: milliseconds, tokens, tokens per second. */
export type Figures = Partial<Record<string, number>>

/** Returns the figures by our definitions from when what passed the wire. */
export function figuresOf(records: readonly RequestRecord[]): Figures {
  const all = records.map(latenciesOf)
  const present = (values: (number | null)[]) => values.filter((value) => value !== null)
  const ttft = present(all.map((each) => each.ttft))
  const gaps = all.flatMap((each) => each.gaps)
  const e2e = all.map((each) => each.e2e)
  const outputs = records.map(({ outputTokens }) => outputTokens ?? 0)
  const output = outputs.reduce((sum, tokens) => sum + tokens, 0)
  const from = Math.min(...records.map(({ sentMs }) => sentMs))
  const to = Math.max(...records.map(({ endMs }) => endMs))
  return {
    'TTFT mean': meanOf(ttft),
    'TTFT p50': percentile(ttft, 0.5) ?? NaN,
    'TPOT mean': meanOf(present(all.map((each) => each.tpot))),
    'gap mean': meanOf(gaps),
    'gap p50': percentile(gaps, 0.5) ?? NaN,
    'E2E mean': meanOf(e2e),
    'E2E / tokens, mean': meanOf(e2e.map((ms, index) => ms / (outputs[index] ?? NaN))),
    'input tokens': records.reduce((sum, { inputTokens }) => sum + (inputTokens ?? 0), 0),
    'output tokens': output,
    'output tokens/s, whole run': (output * 1000) / (to - from),
  }
}

/** Returns what a client says of its run, as it wrote it into the folder; undefined for a client that is not known. */
export function readerOf(name: string): ((folder: string) => Figures) | undefined {
  return Object.entries(READERS).find(([known]) => name.startsWith(known))?.[1]
}

function json(folder: string, name: string): unknown {
  return JSON.parse(readFileSync(join(folder, name), 'utf8'))
}

const Redline = z.object({
  runs: z.tuple([
    z.object({
      latencies: z.record(z.string(), z.object({ mean: z.number().nullable(), p50: z.number().nullable() })),
      metrics: z.record(z.string(), z.number().nullable()),
      tokens: z.object({ input: z.number(), output: z.number() }),
      requests: z.object({ sent: z.number() }),
      durationS: z.number(),
    }),
  ]),
})
const Aiperf = z.record(
  z.string(),
  z
    .unknown()
    .transform((value) => z.object({ avg: z.number(), p50: z.number().optional() }).safeParse(value).data),
)
const Summary = z.object({
  successful: z.object({ mean: z.number(), median: z.number(), total_sum: z.number() }),
})
const Guidellm = z.object({
  benchmarks: z.tuple([
    z.object({
      duration: z.number(),
      metrics: z.object({
        time_to_first_token_ms: Summary,
        time_per_output_token_ms: Summary,
        inter_token_latency_ms: Summary,
        request_latency: Summary,
        prompt_token_count: Summary,
        output_token_count: Summary,
      }),
    }),
  ]),
})

/** What each client says of its last run; null for one that is not known. */
const READERS: Record<string, (folder: string) => Figures> = {
  'redline bench': (folder) => {
    const [run] = Redline.parse(json(folder, 'redline.json')).runs
    const { latencies, metrics } = run
    return {
      'TTFT mean': latencies.ttft?.mean ?? NaN,
      'TTFT p50': latencies.ttft?.p50 ?? NaN,
      'TPOT mean': latencies.tpot?.mean ?? NaN,
      'gap mean': latencies.itl?.mean ?? NaN,
      'gap p50': latencies.itl?.p50 ?? NaN,
      'E2E mean': latencies.e2e?.mean ?? NaN,
      'input tokens': run.tokens.input,
      'output tokens': run.tokens.output,
      'output tokens/s, whole run': metrics.whole_run_output_tokens_per_second ?? NaN,
    }
  },
  AIPerf: (folder) => {
    const said = Aiperf.parse(json(folder, 'aiperf/profile_export_aiperf.json'))
    return {
      'TTFT mean': said.time_to_first_token?.avg,
      'TTFT p50': said.time_to_first_token?.p50,
      'TPOT mean': said.inter_token_latency?.avg,
      'gap mean': said.inter_chunk_latency?.avg,
      'gap p50': said.inter_chunk_latency?.p50,
      'E2E mean': said.request_latency?.avg,
      'input tokens': said.total_usage_prompt_tokens?.avg,
      'output tokens': said.total_usage_completion_tokens?.avg,
      'output tokens/s, whole run': said.output_token_throughput?.avg,
    }
  },
  GuideLLM: (folder) => {
    const [{ metrics, duration }] = Guidellm.parse(json(folder, 'guidellm.json')).benchmarks
    const output = metrics.output_token_count.successful.total_sum
    return {
      'TTFT mean': metrics.time_to_first_token_ms.successful.mean,
      'TTFT p50': metrics.time_to_first_token_ms.successful.median,
      'TPOT mean': metrics.inter_token_latency_ms.successful.mean,
      'E2E / tokens, mean': metrics.time_per_output_token_ms.successful.mean,
      'E2E mean': metrics.request_latency.successful.mean * 1000,
      'input tokens': metrics.prompt_token_count.successful.total_sum,
      'output tokens': output,
      'output tokens/s, whole run': output / duration,
    }
  },
}
