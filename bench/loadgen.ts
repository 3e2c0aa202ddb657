import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { cacheFolder } from '../service/host.ts'
import { writeTinyModel } from '../tests/vllm/tiny-model.ts'
import { drive, errorsOf, inFlight, variationOf } from './load-measured.ts'
import { bareReader, redline, redlineArgs, type LoadClient } from './load-clients.ts'
import { findPeers } from './peers.ts'
import { figure, printHead, printRow, quantile } from './table.ts'
import { timed } from './timed.ts'
import { startTruth } from './truth.ts'

// How exact `redline bench` is against a server that knows when it sent what, and what it costs, beside a bare socket
// reader and beside AIPerf, GuideLLM and vLLM's own in the same run; how punctual its open loop is, whether it tells
// every outcome, and its memory over many requests.

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', multiple: true },
    streams: { type: 'string', multiple: true, default: ['1', '32', '256', '1024'] },
    rate: { type: 'string', multiple: true, default: ['50', '200', '1000'] },
    'no-peers': { type: 'boolean', default: false },
    memory: { type: 'string', default: '200000' },
  },
})
const rounds = Number(flags.rounds)
const wanted = (part: string) => flags.only === undefined || flags.only.includes(part)
const folder = mkdtempSync(join(tmpdir(), 'redline-bench-'))
const file = (name: string) => join(folder, name)
const tell = (text: string) => process.stderr.write(`${text}\n`)

process.stdout.write(`${cpus().length} cores of ${cpus()[0]?.model ?? '?'}, Node ${process.version}\n`)
try {
  await writeTinyModel(file('tokenizer'))
  const peers =
    flags['no-peers'] || !(wanted('exact') || wanted('open'))
      ? []
      : await findPeers(cacheFolder(process.env), file('tokenizer'), tell)
  if (wanted('exact')) await exactness([redline, bareReader, ...peers])
  if (wanted('open')) await openLoop([redline, ...peers])
  if (wanted('saturation')) await saturation()
  if (wanted('outcomes')) await outcomes()
  if (wanted('memory')) await memory()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Errors of TTFT and gaps against the server's own, in milliseconds. */
async function exactness(clients: LoadClient[]): Promise<void> {
  printHead('Streams of 64 tokens, one each 10 ms (40 ms at 1,024 streams), the first after 50 ms', [
    'streams',
    'client',
    'TTFT error p50, ms',
    'p99',
    'gap error p99, ms',
    'CPU s',
    'requests/s',
    'in flight',
    'load',
  ])
  for (const streams of flags.streams.map(Number)) {
    const requests = streams === 1 ? 60 : Math.max(1024, streams * (streams > 256 ? 4 : 8))
    const gap = streams > 256 ? 40 : 10
    for (let round = 0; round < rounds; round += 1)
      for (const client of clients) {
        const ran = await drive(client, ['--gap', String(gap)], {
          requests,
          tokens: 64,
          load: { streams },
          seed: round,
          folder,
        })
        if (typeof ran === 'string') {
          printRow([streams, client.name, ran])
          continue
        }
        const { ttftMs, gapsMs } = errorsOf(ran)
        printRow([
          streams,
          client.name,
          quantile(ttftMs, 0.5),
          quantile(ttftMs, 0.99),
          quantile(gapsMs, 0.99),
          ran.cpuS.toFixed(1),
          figure(ran.perSecond),
          figure(inFlight(ran.truth)),
          ran.machineLoad.toFixed(1),
        ])
      }
  }
}

async function openLoop(clients: LoadClient[]): Promise<void> {
  printHead('Poisson arrivals for 10 s, as the server saw them; lateness as the client tells it', [
    'rate',
    'client',
    'arrived/s',
    'variation of gaps',
    'late p50, ms',
    'p99',
    'CPU s',
    'load',
  ])
  for (const rate of flags.rate.map(Number))
    for (let round = 0; round < rounds; round += 1)
      for (const client of clients) {
        const ran = await drive(client, ['--ttft', '20', '--gap', '10'], {
          requests: rate * 10,
          tokens: 4,
          load: { rate },
          seed: round,
          folder,
        })
        if (typeof ran === 'string') {
          printRow([rate, client.name, ran])
          continue
        }
        const late = ran.told.flatMap(({ lateMs }) => (lateMs === null ? [] : [lateMs]))
        printRow([
          rate,
          client.name,
          figure(ran.perSecond),
          figure(variationOf(ran.truth)),
          quantile(late, 0.5),
          quantile(late, 0.99),
          ran.cpuS.toFixed(1),
          ran.machineLoad.toFixed(1),
        ])
      }
}

async function saturation(): Promise<void> {
  printHead('Saturation: 32 streams x 16 tokens, answered at once', [
    'requests',
    'requests/s',
    'CPU s per 1,000',
  ])
  for (let round = 0; round < rounds; round += 1) {
    const truth = await startTruth(file('truth.json'), ['--ttft', '0', '--gap', '0'])
    const args = ['--max-concurrency', '32', '--num-prompts', '20000', '--random-output-len', '16']
    const ran = await timed(process.execPath, redlineArgs(truth.port, [...args, '--json', file('s.json')]))
    await truth.stop()
    const { durationS } = JSON.parse(readFileSync(file('s.json'), 'utf8')).runs[0]
    printRow([20_000, Math.round(20_000 / durationS), (ran.cpuS / 20).toFixed(3)])
  }
}

async function outcomes(): Promise<void> {
  printHead('Outcomes', ['outcome', 'told', 'true'])
  const truth = await startTruth(file('truth.json'), ['--faults', '--ttft', '5', '--gap', '2'])
  const args = ['--max-concurrency', '16', '--num-prompts', '1200', '--random-output-len', '8']
  await timed(process.execPath, redlineArgs(truth.port, [...args, '--json', file('o.json')]))
  const { faults } = await truth.stop()
  const told: Record<string, number> = JSON.parse(readFileSync(file('o.json'), 'utf8')).runs[0].outcomes
  for (const outcome of [...new Set(faults)])
    printRow([outcome, told[outcome] ?? 0, faults.filter((each) => each === outcome).length])
}

async function memory(): Promise<void> {
  const total = Number(flags.memory)
  printHead('Memory', ['requests', 'resident MiB'])
  const truth = await startTruth(file('truth.json'), ['--ttft', '0', '--gap', '0'])
  const child = spawn(
    process.execPath,
    redlineArgs(truth.port, [
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
    printRow([done, rss.toFixed(0)])
    shown = done + total / 8
  })
  await once(child, 'exit')
  printRow([`${total} (last seen)`, last.toFixed(0)])
  await truth.stop()
}
