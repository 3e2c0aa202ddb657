import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { z } from 'zod'
import type { HttpTarget } from './http-load.ts'

/** What came to many clients of one stream. */
export const Received = z.object({
  deliveries: z.number(),
  /** Events that a client did not get, or got out of order. */
  lost: z.number(),
  /** From before the event's transaction to the client. */
  latenciesMs: z.instanceof(Float64Array),
  /** What the clients' own thread used of a core. */
  busyShare: z.number(),
})
export type Received = z.infer<typeof Received>

export interface EventClients {
  /** Waits until all have an event, for at most ten seconds, and returns what came since the last call. */
  until(seq: number): Promise<Received>
  close(): Promise<void>
}

/** Opens so many streams, in a thread of their own, whose next event is the one after `last`. */
export async function openEventClients(
  target: HttpTarget,
  count: number,
  last: number,
): Promise<EventClients> {
  const worker = new Worker(new URL('event-clients-thread.ts', import.meta.url), {
    workerData: { target, count, last },
  })
  await once(worker, 'message')
  return {
    async until(seq) {
      worker.postMessage(seq)
      const [received]: unknown[] = await once(worker, 'message')
      return Received.parse(received)
    },
    close: async () => void (await worker.terminate()),
  }
}
