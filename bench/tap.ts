import * as net from 'node:net'
import type { RequestRecord } from '../domain/measurement.ts'
import { recordOf } from '../loadgen/record.ts'
import { ResponseReader } from '../loadgen/response-reader.ts'

/** Stands between a client and a server on this machine and notes when what passed. */
export interface Tap {
  port: number
  /** Completions that came to their end, in that order. */
  records: RequestRecord[]
  close: () => void
}

/** Passes connections on to a port, as they are. */
export async function startTap(to: number): Promise<Tap> {
  const records: RequestRecord[] = []
  const sockets = new Set<net.Socket>()
  const server = net.createServer({ noDelay: true }, (client) => {
    const upstream = net.connect({ port: to, host: '127.0.0.1', noDelay: true })
    let passing: { sentMs: number; reader: ResponseReader; completion: boolean } | null = null
    client.on('data', (bytes: Buffer) => {
      passing ??= {
        sentMs: performance.now(),
        reader: new ResponseReader(),
        completion: bytes.includes('/completions HTTP'),
      }
      upstream.write(bytes)
    })
    upstream.on('data', (bytes: Buffer) => {
      const atMs = performance.now()
      client.write(bytes)
      if (passing === null) return
      const { sentMs, reader, completion } = passing
      reader.push(bytes, atMs)
      // A client may hang up at [DONE], before the message has ended.
      if (!reader.complete && !reader.done) return
      passing = null
      const sent = { sentMs, connectMs: 0, endMs: atMs, ending: 'complete', error: null } as const
      const context = { index: records.length, phase: 'measured', scheduledMs: sentMs, originMs: 0 } as const
      if (completion) records.push(recordOf({ ...sent, reader, staleConnection: false }, context))
    })
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the tap has no port')
  return {
    port: address.port,
    records,
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
