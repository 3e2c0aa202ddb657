import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** A load to put on a server at a port of this machine: `streams` kept busy, or `rate` requests per second, Poisson. */
export interface WantedLoad {
  port: number
  requests: number
  tokens: number
  load: { streams: number } | { rate: number }
  seed: number
  /** Where the client may write. */
  folder: string
  /** A file of prompts, one a line, in place of short ones of the client's own. */
  prompts?: string
}

/** A line of a file of prompts, in the words of every client. */
export function promptLine(text: string, tokens: number): string {
  return `${JSON.stringify({
    text,
    output_length: tokens,
    output_tokens_count: tokens,
    messages: [{ role: 'user', content: text }],
    max_tokens: tokens,
    ignore_eos: true,
  })}\n`
}

/** What a client says of one request. */
export interface Told {
  /** The truth server's number of the request. */
  number: number
  ttftMs: number
  gapsMs: number[]
  /** From when it was due to when it was sent, where the client tells. */
  lateMs: number | null
}

/** A client that puts load on a server: a command and how to read what it wrote. */
export interface LoadClient {
  name: string
  command: (wanted: WantedLoad) => { program: string; args: string[]; env?: Record<string, string> }
  read: (wanted: WantedLoad) => Told[]
  /** It only keeps streams busy. */
  closedOnly?: boolean
}

/** Returns the differences between neighbours. */
export function gapsOf(times: readonly number[]): number[] {
  return times.slice(1).map((at, index) => at - (times[index] ?? NaN))
}

/** The command line of `redline bench` against the truth server, with short prompts. */
export function redlineArgs(port: number, args: string[]): string[] {
  return [
    join(import.meta.dirname, '../cli/redline.mjs'),
    ...['bench', '--base-url', `http://127.0.0.1:${port}`, '--model', 'truth', '--random-input-len', '8'],
    ...args,
  ]
}

const Line = z.object({
  ttft_ms: z.number().nullable(),
  input_tokens: z.number().nullable(),
  t_sched: z.number(),
  t_send: z.number(),
  t_tok: z.array(z.number()),
})

export const redline: LoadClient = {
  name: 'redline bench',
  command: ({ port, requests, tokens, load, seed, folder, prompts }) => ({
    program: process.execPath,
    args: redlineArgs(port, [
      ...(prompts === undefined ? [] : ['--dataset-name', 'requests', '--dataset-path', prompts]),
      ...('streams' in load
        ? ['--max-concurrency', String(load.streams)]
        : ['--request-rate', String(load.rate)]),
      ...['--num-prompts', String(requests), '--random-output-len', String(tokens), '--seed', String(seed)],
      ...['--requests', join(folder, 'requests.jsonl'), '--json', join(folder, 'redline.json')],
    ]),
  }),
  read: ({ folder }) =>
    readFileSync(join(folder, 'requests.jsonl'), 'utf8')
      .trim()
      .split('\n')
      // Instants lose up to 0.3 µs in a double.
      .map((line) => Line.parse(JSON.parse(line)))
      .map(({ ttft_ms, input_tokens, t_sched, t_send, t_tok }) => ({
        number: input_tokens ?? 0,
        ttftMs: ttft_ms ?? NaN,
        gapsMs: gapsOf(t_tok).map((ns) => ns / 1e6),
        lateMs: (t_send - t_sched) / 1e6,
      })),
}

const Bare = z.object({ results: z.array(z.object({ ttft: z.number(), number: z.number() })) })

/** The least that a client in Node can do: what the others are held against. */
export const bareReader: LoadClient = {
  name: 'bare reader',
  closedOnly: true,
  command: ({ port, requests, tokens, load, folder }) => ({
    program: process.execPath,
    args: [
      join(import.meta.dirname, 'bare-reader.ts'),
      ...['--port', String(port), '--streams', String('streams' in load ? load.streams : 1)],
      ...['--requests', String(requests), '--tokens', String(tokens), '--out', join(folder, 'bare.json')],
    ],
  }),
  read: ({ folder }) =>
    Bare.parse(JSON.parse(readFileSync(join(folder, 'bare.json'), 'utf8'))).results.map(
      ({ ttft, number }) => ({ number, ttftMs: ttft, gapsMs: [], lateMs: null }),
    ),
}
