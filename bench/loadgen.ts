import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs, promisify } from 'node:util'
import { z } from 'zod'
import { percentile } from '../domain/statistics/percentile.ts'

// How exact `redline bench` is against a server that knows when it sent what, what it costs beside a bare socket reader
// in the same run, how punctual its open loop is, whether it tells every outcome, and its memory over many requests.

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', multiple: true },
    memory: { type: 'string', default: '200000' },
  },
})
const rounds = Number(flags.rounds)
const wanted = (part: string) => flags.only === undefined || flags.only.includes(part)
const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'redline-bench-'))
const file = (name: string) => join(folder, name)
const CLI = join(import.meta.dirname, '../cli/main.ts')

const Truth = z.object({
  served: z.array(z.object({ arrivedMs: z.number(), tokensMs: z.array(z.number()) })),
  faults: z.array(z.string()),
})
const Line = z.object({
  ttft_ms: z.number().nullable(),
  input_tokens: z.number().nullable(),
  t_tok: z.array(z.number()),
  outcome: z.string(),
  phase: z.string(),
})

/** One shape of load: so many streams, and a pace that a shared core can serve them at. */
const SHAPES = [
  { streams: 1, requests: 60, tokens: 64, gapMs: 10 },
  { streams: 32, requests: 1024, tokens: 64, gapMs: 10 },
  { streams: 256, requests: 2048, tokens: 64, gapMs: 10 },
  { streams: 1024, requests: 4096, tokens: 64, gapMs: 40 },
]

process.stdout.write(`${cpus().length} cores of ${cpus()[0]?.model ?? '?'}, Node ${process.version}\n`)
try {
  if (wanted('exact')) await exactness()
  if (wanted('open')) await openLoop()
  if (wanted('saturation')) await saturation()
  if (wanted('outcomes')) await outcomes()
  if (wanted('memory')) await memory()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function startServer(
  args: string[],
): Promise<{ port: number; stop: () => Promise<void>; child: ChildProcess }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'truth-server.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)
  const [port] = z.tuple([z.coerce.number()]).parse(await once(lines, 'line'))
  const ended = once(child, 'exit')
  return {
    child,
    port,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

interface Ran {
  cpuS: number
  wallS: number
  exitCode: number
}

/** The command line of `redline bench` against the truth server, with short prompts. */
function benchCommand(port: number, args: string[]): string[] {
  return [
    CLI,
    ...['bench', '--base-url', `http://127.0.0.1:${port}`, '--model', 'truth', '--random-input-len', '8'],
    ...args,
  ]
}

/** Runs `redline bench` and counts its CPU time, start-up included. */
async function bench(port: number, args: string[]): Promise<Ran> {
  const startedMs = performance.now()
  const time = file('time')
  const { exitCode } = await run('/bin/bash', [
    '-c',
    `TIMEFORMAT='%U %S'; { time "$0" "$@" >/dev/null 2>${file('stderr')}; } 2>${time}`,
    process.execPath,
    ...benchCommand(port, args),
  ]).then(
    () => ({ exitCode: 0 }),
    (error: { code: number }) => ({ exitCode: error.code }),
  )
  const [user = 0, system = 0] = readFileSync(time, 'utf8').trim().split(/\s+/).slice(-2).map(Number)
  return { cpuS: user + system, wallS: (performance.now() - startedMs) / 1000, exitCode }
}

function readLines(name: string) {
  return readFileSync(file(name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => Line.parse(JSON.parse(line)))
}

/** Errors of TTFT and gaps against the server's own, in milliseconds. */
async function exactness(): Promise<void> {
  print('TTFT error, ms', [
    'streams',
    'client',
    'p50',
    'p99',
    'gap error p99',
    'CPU s',
    'events/CPU s',
    'seconds',
    'load',
  ])
  for (const { streams, requests, tokens, gapMs } of SHAPES) {
    for (let round = 0; round < rounds; round += 1) {
      const load = loadavg()[0]?.toFixed(1) ?? ''
      {
        const { port, stop } = await startServer(['--gap', String(gapMs), '--out', file('truth.json')])
        const ran = await bench(port, [
          ...['--max-concurrency', String(streams), '--num-prompts', String(requests)],
          ...['--random-output-len', String(tokens), '--requests', file('requests.jsonl')],
        ])
        await stop()
        const truth = Truth.parse(JSON.parse(readFileSync(file('truth.json'), 'utf8'))).served
        const errors: number[] = []
        const gaps: number[] = []
        for (const { ttft_ms, input_tokens, t_tok } of readLines('requests.jsonl')) {
          const real = truth[(input_tokens ?? 0) - 1]
          if (real === undefined || ttft_ms === null) continue
          errors.push(ttft_ms - ((real.tokensMs[0] ?? NaN) - real.arrivedMs))
          for (let k = 1; k < real.tokensMs.length; k += 1) {
            const trueGap = (real.tokensMs[k] ?? NaN) - (real.tokensMs[k - 1] ?? NaN)
            gaps.push(Math.abs(((t_tok[k] ?? NaN) - (t_tok[k - 1] ?? NaN)) / 1e6 - trueGap))
          }
        }
        const events = requests * (tokens + 4)
        row([
          streams,
          'redline bench',
          ms(errors, 0.5),
          ms(errors, 0.99),
          ms(gaps, 0.99),
          ran.cpuS.toFixed(2),
          Math.round(events / ran.cpuS),
          ran.wallS.toFixed(1),
          load,
        ])
      }
      {
        const { port, stop } = await startServer(['--gap', String(gapMs), '--out', file('truth.json')])
        await run(process.execPath, [
          join(import.meta.dirname, 'bare-reader.ts'),
          ...['--port', String(port), '--streams', String(streams), '--requests', String(requests)],
          ...['--tokens', String(tokens), '--out', file('bare.json')],
        ])
        await stop()
        const truth = Truth.parse(JSON.parse(readFileSync(file('truth.json'), 'utf8'))).served
        const { results, cpuS, seconds } = z
          .object({
            results: z.array(z.object({ ttft: z.number(), number: z.number() })),
            cpuS: z.number(),
            seconds: z.number(),
          })
          .parse(JSON.parse(readFileSync(file('bare.json'), 'utf8')))
        const errors = results.flatMap(({ ttft, number }) => {
          const real = truth[number - 1]
          return real === undefined ? [] : [ttft - ((real.tokensMs[0] ?? NaN) - real.arrivedMs)]
        })
        row([
          streams,
          'bare reader',
          ms(errors, 0.5),
          ms(errors, 0.99),
          '',
          cpuS.toFixed(2),
          Math.round((requests * (tokens + 4)) / cpuS),
          seconds.toFixed(1),
          load,
        ])
      }
    }
  }
}

async function openLoop(): Promise<void> {
  print('Poisson arrivals', ['rate', 'requests', 'due/s', 'sent/s', 'late p50 ms', 'late p99 ms', 'CPU s'])
  for (const rate of [50, 200, 1000]) {
    for (let round = 0; round < rounds; round += 1) {
      const { port, stop } = await startServer(['--ttft', '20', '--gap', '10'])
      const ran = await bench(port, [
        ...['--request-rate', String(rate), '--duration', '10s', '--random-output-len', '4'],
        ...['--json', file('open.json'), '--seed', String(round)],
      ])
      await stop()
      const result = JSON.parse(readFileSync(file('open.json'), 'utf8'))
      const { measurement, latencies, requests } = result.runs[0]
      const { rateTarget, rateActual } = measurement.client
      row([
        rate,
        requests.sent,
        fixed(rateTarget),
        fixed(rateActual),
        fixed(latencies.lateness.p50),
        fixed(latencies.lateness.p99),
        ran.cpuS.toFixed(2),
      ])
    }
  }
}

async function saturation(): Promise<void> {
  print('Saturation: 32 streams x 16 tokens, answered at once', ['requests', 'requests/s', 'CPU s per 1,000'])
  for (let round = 0; round < rounds; round += 1) {
    const { port, stop } = await startServer(['--ttft', '0', '--gap', '0'])
    const ran = await bench(port, [
      ...[
        '--max-concurrency',
        '32',
        '--num-prompts',
        '20000',
        '--random-output-len',
        '16',
        '--json',
        file('s.json'),
      ],
    ])
    await stop()
    const { durationS } = JSON.parse(readFileSync(file('s.json'), 'utf8')).runs[0]
    row([20_000, Math.round(20_000 / durationS), (ran.cpuS / 20).toFixed(3)])
  }
}

async function outcomes(): Promise<void> {
  print('Outcomes', ['outcome', 'told', 'true'])
  const { port, stop } = await startServer([
    '--faults',
    '--ttft',
    '5',
    '--gap',
    '2',
    '--out',
    file('truth.json'),
  ])
  await bench(port, [
    ...[
      '--max-concurrency',
      '16',
      '--num-prompts',
      '1200',
      '--random-output-len',
      '8',
      '--json',
      file('o.json'),
    ],
  ])
  await stop()
  const told: Record<string, number> = JSON.parse(readFileSync(file('o.json'), 'utf8')).runs[0].outcomes
  const { faults } = Truth.parse(JSON.parse(readFileSync(file('truth.json'), 'utf8')))
  for (const outcome of [...new Set(faults)])
    row([outcome, told[outcome] ?? 0, faults.filter((each) => each === outcome).length])
}

async function memory(): Promise<void> {
  const total = Number(flags.memory)
  print('Memory', ['requests', 'resident MiB'])
  const { port, stop } = await startServer(['--ttft', '0', '--gap', '0'])
  const child = spawn(
    process.execPath,
    benchCommand(port, [
      ...['--max-concurrency', '32', '--random-output-len', '16', '--num-prompts', String(total)],
      ...['--requests', file('many.jsonl')],
    ]),
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const resident = () => {
    const status = `/proc/${child.pid}/status`
    if (!existsSync(status)) return null
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(status, 'utf8'))?.[1] ?? 0) / 1024
  }
  let shown = 0
  let last = 0
  const lines = createInterface(child.stderr)
  lines.on('line', (line) => {
    const done = Number(/ (\d+)\//.exec(line)?.[1] ?? 0)
    const rss = resident()
    if (rss !== null) last = rss
    if (rss === null || done < shown) return
    row([done, rss.toFixed(0)])
    shown = done + total / 8
  })
  await once(child, 'exit')
  row([`${total} (last seen)`, last.toFixed(0)])
  await stop()
}

function ms(samples: number[], p: number): string {
  return fixed(percentile(samples, p))
}

function fixed(value: number | null | undefined): string {
  return value == null ? '-' : value.toFixed(2)
}

function print(title: string, head: string[]): void {
  process.stdout.write(`\n${title}\n| ${head.join(' | ')} |\n|${' --- |'.repeat(head.length)}\n`)
}

function row(cells: (string | number)[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`)
}
