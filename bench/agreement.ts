import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { setTimeout } from 'node:timers/promises'
import { ensureComponents } from '../components/ensure.ts'
import { start } from '../components/run.ts'
import { promptText } from '../loadgen/prompts.ts'
import { freePort } from '../runtimes/ports.ts'
import { percentile } from '../domain/statistics/percentile.ts'
import { cacheFolder } from '../service/host.ts'
import { writeTinyModel } from '../tests/vllm/tiny-model.ts'
import { promptLine, redline, type LoadClient } from './load-clients.ts'
import { findPeers } from './peers.ts'
import { figuresOf, readerOf, type Figures } from './said.ts'
import { answers } from './answers.ts'
import { figure, printHead, printRow, quantile } from './table.ts'
import { startTap } from './tap.ts'
import { timed } from './timed.ts'

// Whether `redline bench`, AIPerf and GuideLLM say the same of the same engine under the same load: llama-server with
// Gemma 3 270M, started anew for each client, the same prompts, so many streams kept busy, in turn, round by round. Runs
// of an engine differ, so each client is held against what passed the wire in its own run.

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    requests: { type: 'string', default: '96' },
    streams: { type: 'string', default: '4' },
    tokens: { type: 'string', default: '32' },
  },
})
const [rounds, requests, streams, tokens] = [flags.rounds, flags.requests, flags.streams, flags.tokens].map(
  Number,
) as [number, number, number, number]
/** What is meant alike is to differ by no more, in per cent. */
const AGREEMENT = 3
/** Where a name or a meaning is another. */
const NAMED: Record<string, string> = {
  'AIPerf: TPOT mean': 'inter token latency',
  'AIPerf: gap mean': 'inter chunk latency',
  'AIPerf: gap p50': 'inter chunk latency',
  'AIPerf: E2E mean': 'request latency, to the last token',
  'GuideLLM: TPOT mean': 'inter token latency',
  'GuideLLM: E2E / tokens, mean': 'time per output token, TTFT included',
  'GuideLLM: E2E mean': 'request latency, to the end of the body',
  'GuideLLM: output tokens/s, whole run': 'over its own duration',
}

const cacheDir = cacheFolder(process.env)
const found = await ensureComponents(['llama-server', 'model'], { env: process.env, cacheDir })
const folder = mkdtempSync(join(tmpdir(), 'redline-agreement-'))
const tell = (text: string) => process.stderr.write(`${text}\n`)
/** Of each client and round: what it says, and what passed the wire. */
const runs = new Map<string, { says: Figures; wire: Figures }[]>()
try {
  await writeTinyModel(join(folder, 'tokenizer'))
  const peers = await findPeers(cacheDir, join(folder, 'tokenizer'), tell, hasReader)
  const clients = [redline, ...peers]
  process.stdout.write(
    `${cpus().length} cores of ${cpus()[0]?.model ?? '?'}, Node ${process.version}; ${streams} streams, ${requests} requests of ${tokens} tokens\n`,
  )
  for (let round = 0; round < rounds; round += 1)
    for (const client of clients)
      runs.set(client.name, [...(runs.get(client.name) ?? []), await measure(client, round)])
  show()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function measure(client: LoadClient, round: number): Promise<{ says: Figures; wire: Figures }> {
  const prompts = join(folder, 'prompts.jsonl')
  const lines = Array.from({ length: requests }, (_, index) =>
    promptLine(promptText(32, [round], index), tokens),
  )
  writeFileSync(prompts, lines.join(''))
  const enginePort = await freePort()
  const args = [
    ...['-m', found.model.path, '--host', '127.0.0.1', '--port', String(enginePort)],
    ...['-np', String(streams), '-t', '1', '-c', '4096'],
  ]
  const engine = start(found['llama-server'].path, args, { env: process.env })
  const tap = await startTap(enginePort)
  try {
    while (!(await answers(`http://127.0.0.1:${enginePort}/health`)))
      await Promise.race([setTimeout(50), engine.exited])
    rmSync(join(folder, 'aiperf'), { recursive: true, force: true })
    const wanted = { port: tap.port, requests, tokens, load: { streams }, seed: round, folder, prompts }
    const { program, args: command, env } = client.command(wanted)
    const { output } = await timed(program, command, env)
    const wire = figuresOf(tap.records)
    try {
      return { says: readerOf(client.name)?.(folder) ?? {}, wire }
    } catch {
      tell(`${client.name} gave no result: ${output.split('\n').at(-1) ?? ''}`)
      return { says: {}, wire }
    }
  } finally {
    tap.close()
    await engine.stop()
  }
}

function hasReader(name: string): boolean {
  return readerOf(name) !== undefined
}

function show(): void {
  printHead('Median of the rounds; the difference from the wire with its lowest and highest', [
    'figure',
    'client',
    'says',
    'on the wire',
    'differs by, %',
    `within ${AGREEMENT} %`,
    'what it is called there, and means',
  ])
  const figures = Object.keys([...runs.values()][0]?.[0]?.wire ?? {})
  for (const name of figures)
    for (const [client, rounds] of runs) {
      const told = rounds.flatMap(({ says, wire }) => {
        const [value, real] = [says[name], wire[name]]
        return value === undefined || real === undefined ? [] : [{ value, real }]
      })
      if (told.length === 0) continue
      const differences = told.map(({ value, real }) => 100 * (value / real - 1))
      const middle = percentile(differences, 0.5) ?? NaN
      printRow([
        name,
        client,
        quantile(
          told.map(({ value }) => value),
          0.5,
        ),
        quantile(
          told.map(({ real }) => real),
          0.5,
        ),
        `${figure(middle)} (${figure(Math.min(...differences))} to ${figure(Math.max(...differences))})`,
        Math.abs(middle) <= AGREEMENT ? 'yes' : 'no',
        NAMED[`${client.split(' ')[0]}: ${name}`] ?? '',
      ])
    }
  process.stdout.write(`\nload of the machine: ${loadavg()[0]?.toFixed(1) ?? '?'}\n`)
}
