import { StartError } from './runtime.ts'
import { isExecutable, which } from './which.ts'

/** What a process may use of its host. */
export interface ProcessLimits {
  /** Cores as taskset writes them; null: all. */
  cores: string | null
  /** Most address space, in bytes; null: no limit. */
  memoryBytes: number | null
}

/**
 * Returns the command that limits itself and then becomes the given one, in the same process. It writes no core
 * dumps: those of an engine are as large as its memory and would fill the disk.
 *
 * @throws {StartError} when the program, or what limits it, is not on the host.
 */
export async function limitedCommand(
  command: string[],
  { cores, memoryBytes }: ProcessLimits,
  searchPath: string,
): Promise<string[]> {
  const [program = ''] = command
  const found = program.includes('/')
    ? await isExecutable(program)
    : (await which(program, { PATH: searchPath })) !== null
  if (!found) {
    throw new StartError(
      'not_installed',
      `${program} could not be started: there is no such program`,
      'See `redline doctor` on that host.',
    )
  }
  const limits = ['ulimit -c 0', ...(memoryBytes === null ? [] : [`ulimit -v ${toKib(memoryBytes)}`])]
  return ['/bin/sh', '-c', `${limits.join(' && ')} && exec "$@"`, 'sh', ...(await pinning(cores)), ...command]
}

async function pinning(cores: string | null): Promise<string[]> {
  // Other systems cannot pin a process; the engine's own number of threads bounds it there.
  if (cores === null || process.platform !== 'linux') return []
  if ((await which('taskset', process.env)) !== null) return ['taskset', '-c', cores]
  throw new StartError(
    'not_installed',
    `taskset, which pins the engine to cores ${cores}, is not installed`,
    'Install util-linux on that host.',
  )
}

function toKib(bytes: number): number {
  return Math.floor(bytes / 1024)
}
