import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { ensureComponents } from '../components/ensure.ts'
import type { Configuration } from '../domain/parameter.ts'
import { Workload } from '../domain/workload.ts'
import { llamaCpp } from '../engines/llama-cpp.ts'
import { calibratePrompts } from '../loadgen/calibrate.ts'
import { runLoadInThread } from '../loadgen/thread.ts'
import { processRuntime } from '../runtimes/process.ts'
import { cacheFolder } from '../service/host.ts'

// Which workload leaves llama-server's defaults room to improve: each configuration under each workload, in turn.

const ROUNDS = Number(process.argv[2] ?? 1)

const workloads: Record<string, Workload> = Object.fromEntries(
  [
    { inputTokens: 32, outputTokens: 16, concurrency: 8 },
    { inputTokens: 32, outputTokens: 16, concurrency: 16 },
  ].map(({ inputTokens, outputTokens, concurrency }) => [
    `${concurrency} streams, ${inputTokens} in, ${outputTokens} out`,
    Workload.parse({
      prompts: { synthetic: { inputTokens, outputTokens } },
      load: { concurrency },
      duration: '6s',
      warmup: '1s',
    }),
  ]),
)

const configurations: Configuration[] = [
  {},
  { parallel: 1 },
  { parallel: 8 },
  { parallel: 16 },
  { parallel: 16, threads: 1 },
  { parallel: 16, poll: 0 },
  { parallel: 16, flash_attn: 'off' },
]

const cacheDir = cacheFolder(process.env)
const found = await ensureComponents(['llama-server', 'model'], { env: process.env, cacheDir })
const folder = await mkdtemp(join(tmpdir(), 'redline-bench-'))
const runtime = processRuntime({ folder, owner: folder })

try {
  for (const [name, workload] of Object.entries(workloads)) {
    process.stdout.write(`\n${name}\n`)
    for (let round = 0; round < ROUNDS; round++) {
      for (const configuration of configurations) await measure(workload, configuration, round)
    }
  }
} finally {
  for (const key of await runtime.list()) await runtime.stop(key)
  await rm(folder, { recursive: true })
}

async function measure(workload: Workload, configuration: Configuration, round: number): Promise<void> {
  const model = found.model.path
  const args = (place: { host: string; port: number }) =>
    llamaCpp.args({ model, configuration: { ctx_size: 16_384, ...configuration }, ...place })
  const { baseUrl } = await runtime.start({
    key: 'engine',
    program: found['llama-server'].path,
    args,
    env: {},
    spec: { kind: 'process' },
    devices: [],
    files: [],
  })
  while (
    !(await fetch(`${baseUrl}/health`).then(
      ({ ok }) => ok,
      () => false,
    ))
  )
    await setTimeout(100)
  const target = { baseUrl, model: 'model' }
  const calibration = await calibratePrompts(target, workload)
  const { measurement } = await runLoadInThread({ target, workload, slo: {}, runSeed: round, calibration })
  await runtime.stop('engine')
  const { output_tokens_per_second: tokens, ttft_p90_ms: ttft, itl_p50_ms: itl } = measurement.metrics
  const text = Object.entries(configuration).map(([key, value]) => `${key}=${String(value)}`)
  process.stdout.write(
    `${(tokens ?? 0).toFixed(1).padStart(7)} tok/s  TTFT p90 ${(ttft ?? 0).toFixed(0).padStart(6)} ms  ITL p50 ${(itl ?? 0).toFixed(0).padStart(4)} ms  ${text.join(' ') || 'defaults'}${measurement.clientLimited ? '  (client limited)' : ''}\n`,
  )
}
