import { z } from 'zod'

/** What one experiment holds at a time: a GPU, or a share of a host's CPU cores. */
export const Device = z
  .object({
    id: z.string().meta({ description: 'Unique on its host: gpu-0, cpu-0.' }),
    kind: z.enum(['gpu', 'cpu']),
    name: z.string().meta({ description: 'The model of the GPU or CPU.' }),
    cores: z
      .string()
      .nullable()
      .meta({ description: 'CPU cores the engine is pinned to, as taskset writes them (0-3,8); null: all.' }),
    gpu: z
      .object({ index: z.int(), uuid: z.string(), memoryMib: z.int().nullable() })
      .nullable()
      .meta({ description: 'As nvidia-smi names it.' }),
  })
  .meta({ id: 'Device' })
export type Device = z.infer<typeof Device>
