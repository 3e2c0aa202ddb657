import type { RequestRecord } from '../domain/measurement.ts'
import type { RateLoad } from './arrivals.ts'
import { arrivalTimes } from './arrivals.ts'
import type { Random } from './random.ts'
import type { Session } from './session.ts'

type Phase = RequestRecord['phase']

/** Requests handed over in a row, when the open loop is behind its schedule, before answers get their turn. */
const BURST = 64

export interface ClosedLoop {
  /** Streams kept busy. */
  concurrency: number
  /** The streams begin one after the other over this time, so that they do not move in step. */
  staggerMs: number
  /** The phase of a request sent now, or null when no more are to be sent; each stream sends one at least. */
  phase: () => Phase | null
  /** Called when a stream's first request has ended. */
  onStreamReady?: () => void
}

/** Keeps streams busy: each sends its next request as soon as its last has ended. Resolves when all have ended. */
export async function driveClosedLoop(session: Session, loop: ClosedLoop): Promise<void> {
  const stream = async (_: unknown, slot: number) => {
    await session.until((slot / loop.concurrency) * loop.staggerMs)
    for (let sent = 0; !session.signal.aborted; sent += 1) {
      const phase = loop.phase() ?? (sent === 0 ? 'warmup' : null)
      if (phase === null) return
      await session.send(phase, session.now())
      if (sent === 0) loop.onStreamReady?.()
    }
  }
  await Promise.all(Array.from({ length: loop.concurrency }, stream))
}

export interface OpenLoop {
  load: RateLoad
  random: Random
  /** The phase of a request due at this time of the session, or null past the end. */
  phaseAt: (atMs: number) => Phase | null
}

/** Sends requests when they are due, whatever is in flight. Resolves when all have ended. */
export async function driveOpenLoop(session: Session, { load, random, phaseAt }: OpenLoop): Promise<void> {
  const pending = new Set<Promise<void>>()
  let inBurst = 0
  for (const dueMs of arrivalTimes(load, random)) {
    const phase = phaseAt(dueMs)
    if (phase === null) break
    inBurst = (await waitUntil(session, dueMs)) ? 0 : inBurst + 1
    if (inBurst === BURST) {
      inBurst = 0
      await nextTurn()
    }
    if (session.signal.aborted) break
    const request = session.send(phase, dueMs).finally(() => pending.delete(request))
    pending.add(request)
  }
  await Promise.all(pending)
}

/** Waits by timer for all but the last millisecond, then turn by turn; tells whether it had to wait. */
async function waitUntil(session: Session, atMs: number): Promise<boolean> {
  if (session.now() >= atMs) return false
  if (atMs - session.now() >= 2) await session.until(Math.floor(atMs - 1))
  while (session.now() < atMs && !session.signal.aborted) await nextTurn()
  return true
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
