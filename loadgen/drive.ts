import { streamStartMs } from '../domain/arrivals.ts'
import type { RequestRecord } from '../domain/measurement.ts'
import type { RequestSource } from './request-source.ts'
import type { Session } from './session.ts'

type Phase = RequestRecord['phase']

/** Requests handed over in a row, when the open loop is behind its schedule, before answers get their turn. */
const BURST = 64
/** Of a core, at most, for waiting out the last fraction of a millisecond before a request is due. */
const SPIN_SHARE = 0.1

/** The phase of a request due at this time of the session, or null when no more are to be sent. */
export type Admit = (atMs: number) => Phase | null

export interface ClosedLoop {
  source: RequestSource
  /** Streams kept busy. */
  concurrency: number
  /** The streams begin over this time. */
  staggerMs: number
  admit: Admit
  /** Called when a stream's first request has ended. */
  onStreamReady?: () => void
}

/** Keeps streams busy: each sends its next request as soon as its last has ended. Resolves when all have ended. */
export async function driveClosedLoop(session: Session, loop: ClosedLoop): Promise<void> {
  const stream = async (_: unknown, slot: number) => {
    await session.until(streamStartMs(slot, loop.concurrency, loop.staggerMs))
    for (let sent = 0; !session.signal.aborted; sent += 1) {
      const request = await loop.source.next()
      if (request === null) return
      const dueMs = session.now()
      const phase = loop.admit(dueMs)
      if (phase === null) return
      await session.send(request, phase, dueMs, loop.admit)
      if (sent === 0) loop.onStreamReady?.()
    }
  }
  await Promise.all(Array.from({ length: loop.concurrency }, stream))
}

export interface OpenLoop {
  source: RequestSource
  /** When each request is due; null for the times of the requests themselves. */
  times: Iterator<number> | null
  /** Requests per second to expect, at most. */
  rate: number
  admit: Admit
}

/** Sends requests when they are due, whatever is in flight. Resolves when all have ended. */
export async function driveOpenLoop(
  session: Session,
  { source, times, rate, admit }: OpenLoop,
): Promise<void> {
  const pending = new Set<Promise<void>>()
  const spinMs = Math.min(1, (1000 * SPIN_SHARE) / rate)
  let inBurst = 0
  for (;;) {
    const planned = source.next()
    const request = planned instanceof Promise ? await planned : planned
    if (request === null) break
    const dueMs: number = times === null ? (request.dueMs ?? 0) : Number(times.next().value)
    const phase = admit(dueMs)
    if (phase === null) break
    inBurst = (await waitUntil(session, dueMs, spinMs)) ? 0 : inBurst + 1
    if (inBurst === BURST) {
      inBurst = 0
      await nextTurn()
    }
    if (session.signal.aborted) break
    const sending = session.send(request, phase, dueMs, admit).finally(() => pending.delete(sending))
    pending.add(sending)
  }
  await Promise.all(pending)
}

/** Waits by timer and, near the end, turn by turn; tells whether it had to wait. */
async function waitUntil(session: Session, atMs: number, spinMs: number): Promise<boolean> {
  if (session.now() >= atMs) return false
  for (let left = atMs - session.now(); left > spinMs && !session.signal.aborted; left = atMs - session.now())
    // A timer counts whole milliseconds and may be one late.
    await session.until(session.now() + Math.max(1, Math.floor(left - spinMs)))
  while (session.now() < atMs && !session.signal.aborted) await nextTurn()
  return true
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
