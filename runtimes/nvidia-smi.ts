import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { z } from 'zod'

const run = promisify(execFile)

/** The columns of nvidia-smi's answer, in the order of {@link Line}. */
const COLUMNS = ['index', 'uuid', 'name', 'memory.total', 'memory.free', 'driver_version']

/** A GPU that shares the memory of its host tells "[N/A]". */
const Mib = z.union([z.literal('[N/A]').transform(() => null), z.coerce.number().int()])

const Line = z.tuple([z.coerce.number().int(), z.string().min(1), z.string().min(1), Mib, Mib, z.string()])

/** A GPU as nvidia-smi tells it now; memory in MiB, null where the driver does not say. */
export interface Gpu {
  index: number
  uuid: string
  name: string
  totalMib: number | null
  freeMib: number | null
  driver: string
}

/** Returns the GPUs of this machine; none without a driver that answers. */
export async function listGpus(): Promise<Gpu[]> {
  try {
    const query = [`--query-gpu=${COLUMNS.join(',')}`, '--format=csv,noheader,nounits']
    const { stdout } = await run('nvidia-smi', query, { timeout: 20_000 })
    return parseNvidiaSmi(stdout)
  } catch {
    return []
  }
}

/** Reads what nvidia-smi tells of each GPU; a line that is none, such as an error, is left out. */
export function parseNvidiaSmi(output: string): Gpu[] {
  return output.split('\n').flatMap((line) => {
    const parsed = Line.safeParse(line.split(',').map((cell) => cell.trim()))
    if (!parsed.success) return []
    const [index, uuid, name, totalMib, freeMib, driver] = parsed.data
    return [{ index, uuid, name, totalMib, freeMib, driver }]
  })
}
