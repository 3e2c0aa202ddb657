import type { ProblemError } from '../../domain/problem.ts'
import { DEFAULT_PROJECT } from '../../domain/project.ts'
import type { JsonObject } from './request-draft.ts'

/** A schedule as its form holds it. */
export interface ScheduleDraft {
  name: string
  project: string
  kind: 'cron' | 'every'
  cron: string
  every: string
  timeZone: string
  overlap: string
  paused: boolean
}

/** A nightly schedule, in the viewer's time zone. */
export function initialDraft(name: string, project = DEFAULT_PROJECT): ScheduleDraft {
  return {
    name: name === '' ? '' : `${name}, nightly`,
    project,
    kind: 'cron',
    cron: '0 3 * * *',
    every: '24h',
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    overlap: 'skip',
    paused: false,
  }
}

/** Makes the request of a draft and what it repeats. Pure. */
export function scheduleRequest(draft: ScheduleDraft, tuning: JsonObject): JsonObject {
  const { name, kind, cron, every, timeZone, overlap, paused } = draft
  return {
    name: name.trim(),
    timing: kind === 'cron' ? { cron: [cron.trim()] } : { every: every.trim() },
    // An interval counts from no time of day, so that it needs no zone.
    ...(kind === 'cron' ? { timeZone: timeZone.trim() } : {}),
    overlap,
    paused,
    tuning,
  }
}

/** Returns the problems of the tuning that is repeated, with their places in it. Pure. */
export function tuningProblems(errors: ProblemError[]): ProblemError[] {
  return errors
    .filter(({ pointer }) => pointer === '/tuning' || pointer.startsWith('/tuning/'))
    .map(({ pointer, message }) => ({ pointer: pointer.slice('/tuning'.length), message }))
}
