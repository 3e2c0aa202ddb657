import { availableParallelism, cpus } from 'node:os'
import type { Device } from '../domain/device.ts'
import { listGpus, type Gpu } from './nvidia-smi.ts'

/**
 * Returns the devices of this machine: its GPUs as nvidia-smi lists them, else its CPU cores in `cpuShares` shares.
 * More shares than cores overlap.
 */
export async function detectDevices({ cpuShares }: { cpuShares: number | undefined }): Promise<Device[]> {
  if (cpuShares === undefined) {
    const gpus = await listGpus()
    if (gpus.length > 0) return gpus.map(gpuDevice)
  }
  return cpuDevices(cpuShares ?? 1, availableParallelism(), cpus()[0]?.model ?? 'CPU')
}

function gpuDevice({ index, uuid, name, totalMib }: Gpu): Device {
  return { id: `gpu-${index}`, kind: 'gpu', name, cores: null, gpu: { index, uuid, memoryMib: totalMib } }
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
