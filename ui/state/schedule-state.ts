import type { Schedule, ScheduleRun, Tuning } from '../../client/client.ts'

export interface ScheduleView {
  schedule: Schedule
  /** The newest first. */
  runs: ScheduleRun[]
}

/** Puts what has changed of a tuning into the run that it is; other tunings change nothing. Pure. */
export function withRun(view: ScheduleView, { id, state, message, finishedAt, best }: Tuning): ScheduleView {
  if (!view.runs.some(({ tuningId }) => tuningId === id)) return view
  return {
    ...view,
    runs: view.runs.map((run) => (run.tuningId === id ? { ...run, state, message, finishedAt, best } : run)),
  }
}

/** Puts the schedules that run next first; those that do not run come last, the newest first. Pure. */
export function byNextRun(schedules: Schedule[]): Schedule[] {
  const next = ({ nextRuns: [at] }: Schedule) => (at === undefined ? Infinity : Date.parse(at))
  return schedules.toSorted((a, b) => next(a) - next(b) || b.createdAt.localeCompare(a.createdAt))
}
