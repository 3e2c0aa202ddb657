import type { TuningEvent } from '../../client/client.ts'

/** What somebody did with a tuning, and why. */
export type Activity = { seq: number; at: string } & Omit<
  Extract<TuningEvent['event'], { type: 'tuning.action' }>,
  'type'
>

/** Adds an event's action to what was done, in the order it happened; other events and known ones change nothing. Pure. */
export function foldActivity(activity: Activity[], { seq, at, event }: TuningEvent): Activity[] {
  if (event.type !== 'tuning.action' || activity.some((known) => known.seq === seq)) return activity
  const { what, by, reason } = event
  return [...activity, { seq, at, what, by, reason }].toSorted((a, b) => a.seq - b.seq)
}
