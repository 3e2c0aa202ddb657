import type { Wanted } from './collector.ts'

/** One request to send. */
export interface PlannedRequest extends Wanted {
  /** JSON. */
  body: string
  /** When a trace wants it sent, in milliseconds since the trace's start. */
  dueMs?: number
  /** Its turn in a conversation, from 0. */
  turn?: number
  /** From the end of the answer before to this request. */
  thinkMs?: number
  /** Returns the next turn of the conversation, given what was answered; null after the last. */
  followUp?: (answer: string) => PlannedRequest | null
}

/** Gives the requests of a run one after the other; null when there are no more. */
export interface RequestSource {
  next(): PlannedRequest | null | Promise<PlannedRequest | null>
  /** Resolves when the first request is at hand; rejects when there can be none. */
  ready?(): Promise<void>
  /** Lets go of what it holds open. */
  close?(): void
}

/** Which part of a run a thread does: every so-many-th request. */
export interface Shard {
  index: number
  of: number
}

export const WHOLE: Shard = { index: 0, of: 1 }

/** Returns how many of n things fall to a thread. */
export function portion(n: number, { index, of }: Shard): number {
  return Math.floor((n - index + of - 1) / of)
}
