import type { Timeouts } from './connection.ts'

const CONNECT_MS = 10_000

/** Returns the timeouts of a request that may take `totalMs` from sending to its end, however it spends them. */
export function timeoutsOf(totalMs: number): Timeouts {
  return { connectMs: CONNECT_MS, firstTokenMs: Infinity, idleMs: Infinity, totalMs }
}
