import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'

const Truth = z.object({
  served: z.array(z.object({ arrivedMs: z.number(), tokensMs: z.array(z.number()) })),
  faults: z.array(z.string()),
})
/** What the truth server did: requests in order of their arrival, in milliseconds of the wall clock. */
export type Truth = z.infer<typeof Truth>

/** Starts the truth server with these arguments; `stop` ends it and returns what it did, kept in the file `out`. */
export async function startTruth(
  out: string,
  args: string[],
): Promise<{ port: number; stop: () => Promise<Truth> }> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'truth-server.ts'), '--out', out, ...args],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const [port] = z.tuple([z.coerce.number()]).parse(await once(createInterface(child.stdout), 'line'))
  const ended = once(child, 'exit')
  return {
    port,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
      return Truth.parse(JSON.parse(readFileSync(out, 'utf8')))
    },
  }
}
