import { execFile } from 'node:child_process'
import { availableParallelism, cpus } from 'node:os'
import { promisify } from 'node:util'
import type { Device } from '../domain/device.ts'

const run = promisify(execFile)

/** The columns of nvidia-smi's answer, in this order. */
const GPU_QUERY = ['index', 'uuid', 'name', 'memory.total']

/**
 * Returns the devices of this machine: its GPUs as nvidia-smi lists them, else its CPU cores in `cpuShares` shares.
 * More shares than cores overlap.
 */
export async function detectDevices({ cpuShares }: { cpuShares: number | undefined }): Promise<Device[]> {
  if (cpuShares === undefined) {
    const gpus = await listGpus()
    if (gpus.length > 0) return gpus
  }
  return cpuDevices(cpuShares ?? 1, availableParallelism(), cpus()[0]?.model ?? 'CPU')
}

async function listGpus(): Promise<Device[]> {
  try {
    const query = [`--query-gpu=${GPU_QUERY.join(',')}`, '--format=csv,noheader,nounits']
    const { stdout } = await run('nvidia-smi', query, { timeout: 20_000 })
    return parseGpus(stdout)
  } catch {
    // No driver, no GPU.
    return []
  }
}

/** Reads `nvidia-smi --query-gpu=index,uuid,name,memory.total --format=csv,noheader,nounits`; memory is in MiB. */
export function parseGpus(csv: string): Device[] {
  return csv
    .split('\n')
    .map((line) => line.split(',').map((field) => field.trim()))
    .flatMap(([index, uuid, name, memory]) =>
      index === undefined || uuid === undefined || name === undefined || !/^\d+$/.test(index)
        ? []
        : [
            {
              id: `gpu-${index}`,
              kind: 'gpu' as const,
              name,
              cores: null,
              gpu: { index: Number(index), uuid, memoryMib: Number(memory) },
            },
          ],
    )
}

/** Divides cores 0 to `cores` - 1 into shares of neighbours; a single share is all of them, not pinned. */
export function cpuDevices(shares: number, cores: number, model: string): Device[] {
  return Array.from({ length: shares }, (_, share) => {
    const first = Math.floor((share * cores) / shares)
    const last = Math.max(first, Math.floor(((share + 1) * cores) / shares) - 1)
    return {
      id: `cpu-${share}`,
      kind: 'cpu' as const,
      name: `${model.trim()}, ${shares === 1 ? `${cores} cores` : `cores ${first}-${last}`}`,
      cores: shares === 1 ? null : first === last ? `${first}` : `${first}-${last}`,
      gpu: null,
    }
  })
}
