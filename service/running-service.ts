import { resolve } from 'node:path'
import { z } from 'zod'
import type { Settings } from '../domain/settings.ts'
import { KeptByKey } from '../runtimes/kept-by-key.ts'
import { isAlive, processIdentity } from '../runtimes/process-table.ts'

/** A service that runs on a state folder. */
export interface RunningService {
  apiUrl: string
  pid: number
}

const KEY = 'service'
const ServiceFile = z.object({ pid: z.int(), identity: z.string(), apiUrl: z.string() })

const fileIn = (home: string) => new KeptByKey(home, 'json', ServiceFile)

/** Returns the service that runs on the state folder; null when none does. */
export async function runningService(settings: Settings): Promise<RunningService | null> {
  const known = await fileIn(resolve(settings.REDLINE_HOME)).get(KEY)
  return known !== null && isAlive(known) ? known : null
}

/** Says that this process is the service of the state folder. */
export async function claimFolder(home: string, apiUrl: string): Promise<void> {
  const { pid } = process
  await fileIn(home).set(KEY, { pid, identity: processIdentity(pid) ?? '', apiUrl })
}

/** Says that no service runs on the state folder any more. */
export async function leaveFolder(home: string): Promise<void> {
  await fileIn(home).remove(KEY)
}
