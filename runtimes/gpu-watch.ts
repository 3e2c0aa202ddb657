import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import type { GpuSample } from '../domain/machine-record.ts'
import { parseCsvLine, queryArguments, Reading } from './nvidia-smi.ts'

/**
 * The columns of nvidia-smi's answer, in the order of {@link Line}. Newer drivers call the last one
 * clocks_event_reasons.active and take the old name too.
 */
const COLUMNS = [
  'uuid',
  'driver_version',
  'clocks.sm',
  'clocks.mem',
  'temperature.gpu',
  'power.draw',
  'utilization.gpu',
  'memory.used',
  'clocks_throttle_reasons.active',
]

const Line = z.tuple([
  z.string().startsWith('GPU-'),
  z.string(),
  Reading,
  Reading,
  Reading,
  Reading,
  Reading,
  Reading,
  Reading,
])

/** Reads a line of nvidia-smi; null for one that tells of no GPU. */
export function parseGpuLine(line: string): GpuSample | null {
  const cells = parseCsvLine(line, Line)
  if (cells === null) return null
  const [
    uuid,
    driver,
    smClockMhz,
    memoryClockMhz,
    temperatureC,
    powerW,
    utilisation,
    memoryUsedMib,
    clockReasons,
  ] = cells
  return {
    uuid,
    driver,
    smClockMhz,
    memoryClockMhz,
    temperatureC,
    powerW,
    utilisation: utilisation === null ? null : utilisation / 100,
    memoryUsedMib,
    clockReasons,
  }
}

/** What GPUs do as of now. */
export interface GpuWatch {
  latest: () => GpuSample[]
  stop: () => void
}

/**
 * Watches GPUs, by their uuids, once a second with one nvidia-smi that goes on: its start takes far longer than a
 * reading. Without a driver that answers, nothing is seen.
 */
export function watchGpus(uuids: readonly string[]): GpuWatch {
  const latest = new Map<string, GpuSample>()
  if (uuids.length === 0) return { latest: () => [], stop: () => undefined }
  const child = spawn('nvidia-smi', [`--id=${uuids.join(',')}`, ...queryArguments(COLUMNS), '--loop=1'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  child.on('error', () => undefined)
  createInterface({ input: child.stdout }).on('line', (line) => {
    const sample = parseGpuLine(line)
    if (sample !== null) latest.set(sample.uuid, sample)
  })
  return { latest: () => [...latest.values()], stop: () => void child.kill('SIGKILL') }
}
