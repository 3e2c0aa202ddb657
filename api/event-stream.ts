import type { Response } from 'express'
import { once } from 'node:events'
import { writeJson } from '../domain/json-text.ts'
import { hasSameRights, principalOf } from './access/identity.ts'
import type { EventHub } from './event-hub.ts'

/** A client that has this much waiting is dropped: it asks again from the last event that it got. */
const MAX_WAITING_BYTES = 256 * 1024
const BEAT_MS = 15_000
/** Who takes nothing for so long is dropped too. */
const PATIENCE_MS = 30_000
/** No timer runs longer: who follows a stream for so long asks again. */
const LONGEST_MS = 2 ** 31 - 1

export interface StreamMessage {
  id?: number
  event?: string
  data: unknown
}

/** Writes a message of a stream: once, for all streams that it goes to. */
export function streamMessage({ id, event, data }: StreamMessage): Buffer {
  const lines = [
    id === undefined ? [] : [`id: ${id}`],
    event === undefined ? [] : [`event: ${event}`],
    `data: ${writeJson(data)}`,
  ]
  return Buffer.from(`${lines.flat().join('\n')}\n\n`)
}

/** Says only that the stream is alive, to clients that cannot see a comment; without an id it changes no replay. */
const BEAT = streamMessage({ event: 'beat', data: {} })

/** A response that carries server-sent events. */
export interface EventStream {
  send(message: Buffer): void
  /** Waits until the client has taken most of what was sent. */
  ready(): Promise<void>
  end(): void
  /** Breaks off, so that the client asks again. */
  drop(): void
  readonly closed: boolean
  onClose(listener: () => void): void
}

/** Turns a response into a stream of server-sent events; it ends when the rights of who follows it change, or expire. */
export function openEventStream(response: Response, hub: EventHub): EventStream {
  response.status(200).set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  })
  // Without chunks, each of which would be four pieces to write, a message is one; the stream ends with its connection.
  response.useChunkedEncodingByDefault = false
  response.flushHeaders()
  response.write('retry: 1000\n\n')
  const heart = setInterval(() => response.write(BEAT), BEAT_MS)
  const expiresAt = principalOf(response.req)?.expiresAt?.getTime() ?? Infinity
  const expiry = setTimeout(() => response.end(), Math.min(expiresAt - Date.now(), LONGEST_MS))
  const endIfRefused = () =>
    void hasSameRights(response.req).then((same) => {
      if (!same) response.end()
    })
  hub.streams.add(endIfRefused)
  // They may have changed since the request came.
  endIfRefused()
  response.on('close', () => {
    clearInterval(heart)
    clearTimeout(expiry)
    hub.streams.delete(endIfRefused)
  })

  return {
    send(message) {
      if (response.writableEnded || response.destroyed) return
      if (response.writableLength > MAX_WAITING_BYTES) response.destroy()
      else response.write(message)
    },
    async ready() {
      if (!response.writableNeedDrain || response.destroyed) return
      const taken = new AbortController()
      const { signal } = taken
      const timer = setTimeout(() => response.destroy(), PATIENCE_MS)
      await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })])
      clearTimeout(timer)
      taken.abort()
    },
    end: () => void response.end(),
    drop: () => void response.destroy(),
    get closed() {
      return response.destroyed || response.writableEnded
    },
    onClose: (listener) => void response.on('close', listener),
  }
}
