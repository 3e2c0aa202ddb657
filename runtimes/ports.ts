import { once } from 'node:events'
import { createServer } from 'node:net'

/** Returns whether a port can be listened on; port 0 gives a free one. Null when it is taken. */
async function tryPort(port: number, address: string): Promise<number | null> {
  const server = createServer()
  server.listen(port, address)
  try {
    await once(server, 'listening')
  } catch {
    return null
  }
  const bound = server.address()
  server.close()
  await once(server, 'close')
  return bound !== null && typeof bound === 'object' ? bound.port : null
}

/** Returns whether nothing listens on the port. */
export async function isFree(port: number, address: string): Promise<boolean> {
  return (await tryPort(port, address)) !== null
}

/** Returns the port when it is free, else any free one. */
export async function preferPort(port: number, address = '127.0.0.1'): Promise<number> {
  const chosen = (await tryPort(port, address)) ?? (await tryPort(0, address))
  if (chosen === null) throw new Error(`no free port on ${address}`)
  return chosen
}

/** Returns a port of 127.0.0.1 that nothing listened on a moment ago. */
export async function freePort(): Promise<number> {
  return preferPort(0)
}
