import { join } from 'node:path'
import type { RuntimeSpec } from '../domain/runtime.ts'
import { commandRuntime } from './command.ts'
import { dockerRuntime } from './docker.ts'
import { endpointRuntime } from './endpoint.ts'
import { processRuntime } from './process.ts'
import type { Runtime } from './runtime.ts'
import { slurmRuntime } from './slurm.ts'

/** A runtime for every kind that a request can ask for. */
export type Runtimes = Record<RuntimeSpec['kind'], Runtime>

export interface RuntimesOptions {
  /** Logs and state of the engines; unique to a service on its host, so that it tells the service's engines from others. */
  folder: string
  /** Folders and files of the host that containers may see. */
  mountable?: string[]
  /** Address of the Docker engine as DOCKER_HOST has it; by default the host's own. */
  dockerHost?: string | undefined
}

/** Returns the runtimes of a host. */
export function createRuntimes({ folder, mountable = [], dockerHost }: RuntimesOptions): Runtimes {
  const processes = processRuntime({ folder, owner: folder })
  return {
    process: processes,
    command: commandRuntime(processes),
    docker: dockerRuntime({ folder: join(folder, 'docker'), owner: folder, mountable, dockerHost }),
    endpoint: endpointRuntime({ folder: join(folder, 'endpoints') }),
    slurm: slurmRuntime({ folder: join(folder, 'slurm'), owner: folder }),
  }
}

/** Stops every engine of the runtimes but those that `isWanted` keeps; `onStop` hears of each first. */
export async function stopEngines(
  runtimes: Runtimes,
  isWanted: (key: string) => Promise<boolean> = () => Promise.resolve(false),
  onStop: (key: string) => void = () => undefined,
): Promise<void> {
  for (const runtime of Object.values(runtimes)) {
    for (const key of await runtime.list()) {
      if (await isWanted(key)) continue
      onStop(key)
      await runtime.stop(key)
    }
  }
}

/** Returns the kinds of runtimes that can start engines on this host now. */
export async function availableKinds(runtimes: Runtimes): Promise<string[]> {
  const asked = Object.entries(runtimes).map(async ([kind, runtime]) =>
    (await runtime.available()) ? [kind] : [],
  )
  return (await Promise.all(asked)).flat()
}
