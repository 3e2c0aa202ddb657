import type { Response } from 'express'

/** A client that has this much waiting is dropped: it asks again from the last event that it got. */
const MAX_WAITING_BYTES = 256 * 1024
const KEEP_ALIVE_MS = 15_000

export interface StreamMessage {
  id?: number
  event?: string
  data: unknown
}

/** A response that carries server-sent events. */
export interface EventStream {
  send(message: StreamMessage): void
  end(): void
  readonly closed: boolean
  onClose(listener: () => void): void
}

/** Turns a response into a stream of server-sent events. */
export function openEventStream(response: Response): EventStream {
  response.status(200).set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  })
  response.flushHeaders()
  response.write('retry: 1000\n\n')
  const keepAlive = setInterval(() => response.write(': still here\n\n'), KEEP_ALIVE_MS)
  response.on('close', () => clearInterval(keepAlive))

  return {
    send({ id, event, data }) {
      if (response.writableEnded || response.destroyed) return
      if (response.writableLength > MAX_WAITING_BYTES) return void response.destroy()
      const lines = [
        id === undefined ? [] : [`id: ${id}`],
        event === undefined ? [] : [`event: ${event}`],
        `data: ${JSON.stringify(data)}`,
      ]
      response.write(`${lines.flat().join('\n')}\n\n`)
    },
    end: () => void response.end(),
    get closed() {
      return response.destroyed || response.writableEnded
    },
    onClose: (listener) => void response.on('close', listener),
  }
}
