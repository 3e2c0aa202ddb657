import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { run } from './run.ts'

export interface Cpu {
  model: string
  /** The instruction sets it offers, as the operating system names them. */
  flags: ReadonlySet<string>
  /** The same for every CPU that runs the same binaries: a sha256 of the model and the flags. */
  key: string
}

/** Reads what the CPU of this machine is and can do. */
export async function readCpu(env: NodeJS.ProcessEnv): Promise<Cpu> {
  if (process.platform === 'darwin') {
    return parseSysctl(await run('sysctl', ['machdep.cpu.brand_string', 'hw.optional'], { env }))
  }
  return parseCpuinfo(await readFile('/proc/cpuinfo', 'utf8'))
}

const MODEL_LINES = [
  'model name',
  'CPU implementer',
  'CPU architecture',
  'CPU variant',
  'CPU part',
  'isa',
  'uarch',
]
const FLAG_LINES = ['flags', 'Features']

/** Parses Linux's /proc/cpuinfo, of x86 or ARM. */
export function parseCpuinfo(text: string): Cpu {
  const models = new Set<string>()
  const flags = new Set<string>()
  for (const [name, value] of pairs(text)) {
    if (MODEL_LINES.includes(name)) models.add(value)
    if (FLAG_LINES.includes(name)) for (const flag of value.split(/\s+/)) flags.add(flag)
  }
  return describeCpu([...models].join(' '), flags)
}

/** Parses what macOS's `sysctl machdep.cpu.brand_string hw.optional` prints. */
export function parseSysctl(text: string): Cpu {
  const values = pairs(text)
  const model = values.find(([name]) => name === 'machdep.cpu.brand_string')?.[1] ?? ''
  const flags = values.filter(([name, value]) => name.startsWith('hw.optional.') && value === '1')
  return describeCpu(model, new Set(flags.map(([name]) => name.slice('hw.optional.'.length))))
}

function pairs(text: string): [string, string][] {
  return text.split('\n').flatMap((line): [string, string][] => {
    const colon = line.indexOf(':')
    return colon < 0 ? [] : [[line.slice(0, colon).trim(), line.slice(colon + 1).trim()]]
  })
}

function describeCpu(model: string, flags: ReadonlySet<string>): Cpu {
  const key = createHash('sha256')
    .update([model, ...[...flags].sort()].join('\n'))
    .digest('hex')
  return { model, flags, key }
}
