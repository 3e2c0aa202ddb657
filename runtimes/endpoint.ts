import { connect } from 'node:net'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { StartError, type Instance, type Runtime, type StartRequest } from './runtime.ts'

const CONNECT_WITHIN_MS = 5000

const Remembered = z.object({ url: z.url() })

/**
 * Drives servers that run already: nothing is started or stopped, only remembered. What is known of one is kept in
 * `folder`: `<key>.json`.
 */
export function endpointRuntime({ folder }: { folder: string }): Runtime {
  const path = (key: string) => join(folder, `${key}.json`)

  async function find(key: string): Promise<Instance | null> {
    const text = await readFile(path(key), 'utf8').catch(() => null)
    if (text === null) return null
    const { url } = Remembered.parse(JSON.parse(text))
    return {
      key,
      baseUrl: url,
      command: [],
      running: await accepts(new URL(url)),
      exit: null,
      container: null,
    }
  }

  return {
    available: () => Promise.resolve(true),
    async start({ key, spec }: StartRequest) {
      if (spec.kind !== 'endpoint') throw new TypeError('not an endpoint')
      const existing = await find(key)
      if (existing !== null) return existing
      await mkdir(folder, { recursive: true })
      await writeFile(path(key), JSON.stringify({ url: spec.url.replace(/\/+$/, '') }))
      const started = await find(key)
      if (started?.running === true) return started
      await rm(path(key), { force: true })
      throw new StartError(
        'infrastructure',
        `nothing listens at ${spec.url}`,
        'Start the server, and check that this host reaches it.',
      )
    },
    find,
    readLog: () => Promise.resolve(Buffer.alloc(0)),
    stop: (key) => rm(path(key), { force: true }),
    async list() {
      const files = await readdir(folder).catch(() => [])
      return files.filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length))
    },
  }
}

/** A connection is enough: a server that is busy answers late, but is there. */
async function accepts({ hostname, port, protocol }: URL): Promise<boolean> {
  const socket = connect({
    // An IPv6 address stands in brackets in a URL.
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || (protocol === 'https:' ? 443 : 80)),
    timeout: CONNECT_WITHIN_MS,
  })
  try {
    return await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true))
      socket.once('timeout', () => resolve(false))
      socket.once('error', () => resolve(false))
    })
  } finally {
    socket.destroy()
  }
}
