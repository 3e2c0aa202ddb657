import { mkdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { ensureComponents } from '../components/ensure.ts'
import { meanOf } from '../domain/statistics/moments.ts'
import { Workload } from '../domain/workload.ts'
import { llamaCpp } from '../engines/llama-cpp.ts'
import { calibratePrompts } from '../loadgen/calibrate.ts'
import { runLoadInThread } from '../loadgen/thread.ts'
import { watchMachine } from '../runtimes/machine-watch.ts'
import { processRuntime } from '../runtimes/process.ts'
import { cacheFolder } from '../service/host.ts'
import { answers } from './answers.ts'
import {
  readSurface,
  rowFinder,
  SURFACE_FILE,
  SURFACE_WORKLOAD,
  surfaceConfigurations,
  type SurfaceRow,
} from './real-surface.ts'

// Measures every configuration of a small space of llama-server once and keeps the table; what it holds is not measured
// again, so that the work can be done in pieces. What other processes disturbed is measured anew in the next round.
// Delete the table to begin anew.

/** Other processes may have this share of the cores, on average. */
const MOST_OTHERS = 0.1
/** After so many seconds it ends; the next call goes on. */
const MOST_SECONDS = Number(process.argv[2] ?? Infinity)

const workload = Workload.parse(SURFACE_WORKLOAD)
const cacheDir = cacheFolder(process.env)
const found = await ensureComponents(['llama-server', 'model'], { env: process.env, cacheDir })
const folder = await mkdtemp(join(tmpdir(), 'redline-bench-'))
const runtime = processRuntime({ folder, owner: folder })
const surface = readSurface() ?? {
  measuredOn: new Date().toISOString().slice(0, 10),
  machine: `${cpus().length} cores of ${cpus()[0]?.model ?? 'an unknown CPU'}`,
  rows: [],
}
mkdirSync(new URL('.', SURFACE_FILE), { recursive: true })

const begun = performance.now()
// An engine that ended holds nothing open, and is still asked how it ended.
const alive = setInterval(() => undefined, 1000)
try {
  const left = surfaceConfigurations().filter((config) => rowFinder(surface)(config) === undefined)
  for (let config = left.shift(); config !== undefined; config = left.shift()) {
    if (performance.now() - begun > MOST_SECONDS * 1000) break
    const row = await measure(config)
    if (row === null) {
      left.push(config)
      console.log('disturbed')
      continue
    }
    surface.rows.push(row)
    writeFileSync(SURFACE_FILE, `${JSON.stringify(surface, null, 1)}\n`)
    console.log(`${left.length} left: ${JSON.stringify(row)}`)
  }
} finally {
  clearInterval(alive)
  for (const key of await runtime.list()) await runtime.stop(key)
  await rm(folder, { recursive: true })
}

/** Measures a configuration; null when something disturbed it. */
async function measure(config: SurfaceRow['config']): Promise<SurfaceRow | null> {
  const started = performance.now()
  const costS = () => Number(((performance.now() - started) / 1000).toFixed(1))
  const { baseUrl } = await runtime.start({
    key: 'engine',
    program: found['llama-server'].path,
    args: (place) =>
      llamaCpp.args({ model: found.model.path, configuration: { ctx_size: 16_384, ...config }, ...place }),
    env: {},
    spec: { kind: 'process' },
    devices: [],
    files: [],
  })
  try {
    while (!(await answers(`${baseUrl}/health`))) {
      const instance = await runtime.find('engine')
      if (instance?.running === false) {
        const log = (await runtime.readLog('engine', -20_000, 20_000)).toString().split('\n')
        const { kind } = llamaCpp.diagnose(instance.exit ?? { exitCode: null, signal: null }, log)
        return { config, status: 'failed', error: kind, cost_s: costS() }
      }
      await wait(50)
    }
    const target = { baseUrl, model: 'model' }
    const calibration = await calibratePrompts(target, workload)
    const watched = watchMachine({ devices: [], key: 'engine', container: null })
    const { measurement } = await runLoadInThread({ target, workload, slo: {}, runSeed: 1, calibration })
    const others = meanOf(watched().samples.map((sample) => sample.others ?? 0))
    if (others > MOST_OTHERS) return null
    const { output_tokens_per_second: speed, ttft_p90_ms: delay } = measurement.metrics
    if (typeof speed !== 'number' || typeof delay !== 'number')
      return { config, status: 'failed', error: 'no_measurement', cost_s: costS() }
    const metrics = { output_tokens_per_second: speed, ttft_p90_ms: delay }
    return { config, status: 'ok', metrics, cost_s: costS() }
  } finally {
    await runtime.stop('engine')
  }
}
