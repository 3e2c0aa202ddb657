import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { z } from 'zod'

const run = promisify(execFile)

/** The columns of nvidia-smi's answer, in the order of {@link Line}. */
const COLUMNS = ['index', 'uuid', 'name', 'memory.total', 'memory.free', 'driver_version']

/** What a GPU does not have is "[N/A]", "N/A" or "[Not Supported]": null. */
export const Reading = z
  .string()
  .transform((text) => (text === '' ? NaN : Number(text)))
  .transform((value) => (Number.isNaN(value) ? null : value))

const Line = z.tuple([
  z.coerce.number().int(),
  z.string().min(1),
  z.string().min(1),
  Reading,
  Reading,
  z.string(),
])

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
    const { stdout } = await run('nvidia-smi', queryArguments(COLUMNS), { timeout: 20_000 })
    return parseNvidiaSmi(stdout)
  } catch {
    return []
  }
}

/** Asks for columns as {@link parseCsvLine} reads them. */
export function queryArguments(columns: readonly string[]): string[] {
  return [`--query-gpu=${columns.join(',')}`, '--format=csv,noheader,nounits']
}

/** Reads what nvidia-smi tells of each GPU; a line that is none, such as an error, is left out. */
export function parseNvidiaSmi(output: string): Gpu[] {
  return output.split('\n').flatMap((line) => {
    const cells = parseCsvLine(line, Line)
    if (cells === null) return []
    const [index, uuid, name, totalMib, freeMib, driver] = cells
    return [{ index, uuid, name, totalMib, freeMib, driver }]
  })
}

/** Reads a line of nvidia-smi's CSV without header and units; null for one of another shape, such as an error. */
export function parseCsvLine<Cells>(line: string, cells: z.ZodType<Cells>): Cells | null {
  return cells.safeParse(line.split(',').map((cell) => cell.trim())).data ?? null
}
