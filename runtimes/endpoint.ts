import { once } from 'node:events'
import { connect } from 'node:net'
import { z } from 'zod'
import type { Network } from '../domain/network.ts'
import { KeptByKey } from './kept-by-key.ts'
import { guardedPlace, PrivateNetworkError } from './private-networks.ts'
import { StartError, type Instance, type Runtime, type StartRequest } from './runtime.ts'

const CONNECT_WITHIN_MS = 5000

const Remembered = z.object({ url: z.url(), address: z.string() })
type Remembered = z.infer<typeof Remembered>

/**
 * Drives servers that run already: nothing is started or stopped, only remembered, in `folder`. The address that answered first is the one that is connected to from then on.
 */
export function endpointRuntime({ folder }: { folder: string }): Runtime {
  const kept = new KeptByKey(folder, 'json', Remembered)

  function instance(key: string, { url, address }: Remembered, running: boolean): Instance {
    return { key, baseUrl: url, address, command: [], running, exit: null, container: null }
  }

  async function find(key: string): Promise<Instance | null> {
    const remembered = await kept.get(key)
    if (remembered === null) return null
    const answers = await answeringAddress(new URL(remembered.url), { host: remembered.address }).then(
      () => true,
      () => false,
    )
    return instance(key, remembered, answers)
  }

  return {
    available: () => Promise.resolve(true),
    async start({ key, spec, privateNetworks = null }: StartRequest) {
      if (spec.kind !== 'endpoint') throw new TypeError('not an endpoint')
      const existing = await find(key)
      if (existing !== null) return existing
      const address = await firstAddress(spec.url, privateNetworks)
      const remembered = { url: spec.url.replace(/\/+$/, ''), address }
      await kept.set(key, remembered)
      return instance(key, remembered, true)
    },
    find,
    readLog: () => Promise.resolve(Buffer.alloc(0)),
    stop: (key) => kept.remove(key),
    list: () => kept.keys(),
  }
}

async function firstAddress(url: string, networks: readonly Network[] | null): Promise<string> {
  try {
    const parsed = new URL(url)
    return await answeringAddress(parsed, guardedPlace(parsed, networks))
  } catch (error) {
    if (error instanceof PrivateNetworkError)
      throw new StartError('not_allowed', error.message, 'An admin can allow it on the host of the worker.')
    throw new StartError(
      'infrastructure',
      `nothing listens at ${url}`,
      'Start the server, and check that this host reaches it.',
      { cause: error },
    )
  }
}

/** A connection is enough: a server that is busy answers late, but is there. Returns the address connected to. */
async function answeringAddress(
  { port, protocol }: URL,
  place: { host: string; lookup?: ReturnType<typeof guardedPlace>['lookup'] },
): Promise<string> {
  const socket = connect({ ...place, port: Number(port || (protocol === 'https:' ? 443 : 80)) })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_WITHIN_MS) })
    return socket.remoteAddress ?? place.host
  } finally {
    socket.destroy()
  }
}
