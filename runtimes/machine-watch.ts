import { availableParallelism, cpus, freemem, totalmem } from 'node:os'
import type { Device } from '../domain/device.ts'
import { machineRecord, SAMPLE_MS, type MachineRecord, type MachineSample } from '../domain/machine-record.ts'
import { watchCpuPower } from './cpu-power.ts'
import { watchCpu } from './cpu-usage.ts'
import { coresOf, gpuIds } from './devices.ts'
import { watchGpus } from './gpu-watch.ts'

export interface MachineWatchOptions {
  /** What the engine was given. */
  devices: readonly Device[]
  /** The key under which the engine was started. */
  key: string
  /** The id of the container it runs in, or null. */
  container: string | null
}

/** What was seen of the machine. */
export interface MachineWatched {
  samples: MachineSample[]
  record: MachineRecord | null
}

/**
 * Watches this machine and the engine's GPUs once a second until the returned function is called, which may be more
 * than once. A last sample is taken then when at least half a second has passed, so that a short run has one.
 */
export function watchMachine({ devices, key, container }: MachineWatchOptions): () => MachineWatched {
  const given = [...devices]
  const cpu = watchCpu({ cores: coresOf(given), isEngine: (marked) => marked.endsWith(`/${key}`), container })
  const cpuPower = watchCpuPower()
  const gpus = watchGpus(gpuIds(given))
  const samples: MachineSample[] = []
  let sampledMs = performance.now()
  const take = () => {
    const spanMs = performance.now() - sampledMs
    sampledMs += spanMs
    const memoryUsedBytes = totalmem() - freemem()
    samples.push({ spanMs, ...cpu(), memoryUsedBytes, cpuPowerW: cpuPower(), gpus: gpus.latest() })
  }
  const timer = setInterval(take, SAMPLE_MS)
  timer.unref()
  let watched: MachineWatched | null = null
  return () => {
    if (watched !== null) return watched
    clearInterval(timer)
    if (performance.now() - sampledMs >= SAMPLE_MS / 2) take()
    gpus.stop()
    const name = (uuid: string) => given.find(({ gpu }) => gpu?.uuid === uuid)?.id ?? uuid
    watched = { samples, record: machineRecord(machineFacts(), samples, SAMPLE_MS, name) }
    return watched
  }
}

function machineFacts() {
  const each = cpus()
  const clocks = each.map(({ speed }) => speed).filter((mhz) => mhz > 0)
  return {
    cpu: each[0]?.model.trim() ?? 'unknown',
    cores: each.length === 0 ? availableParallelism() : each.length,
    cpuMhz:
      clocks.length === 0 ? null : Math.round(clocks.reduce((sum, mhz) => sum + mhz, 0) / clocks.length),
    memoryBytes: totalmem(),
  }
}
