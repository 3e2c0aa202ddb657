import { z } from 'zod'

/** Arguments with which nvidia-smi tells what {@link parseNvidiaSmi} reads. */
export const NVIDIA_SMI_ARGS = [
  '--query-gpu=index,uuid,name,memory.total,memory.used,memory.free,driver_version',
  '--format=csv,noheader,nounits',
]

const Gpu = z.tuple([
  z.coerce.number().int(),
  z.string().min(1),
  z.string().min(1),
  z.coerce.number().int(),
  z.coerce.number().int(),
  z.coerce.number().int(),
  z.string().min(1),
])

/** A GPU and its memory now, as nvidia-smi tells it. */
export interface GpuMemory {
  index: number
  uuid: string
  name: string
  totalMib: number
  usedMib: number
  freeMib: number
  driver: string
}

/** Reads what nvidia-smi tells of each GPU; a line that is none, such as an error or "[N/A]", is left out. */
export function parseNvidiaSmi(output: string): GpuMemory[] {
  return output.split('\n').flatMap((line) => {
    const parsed = Gpu.safeParse(line.split(',').map((cell) => cell.trim()))
    if (!parsed.success) return []
    const [index, uuid, name, totalMib, usedMib, freeMib, driver] = parsed.data
    return [{ index, uuid, name, totalMib, usedMib, freeMib, driver }]
  })
}
