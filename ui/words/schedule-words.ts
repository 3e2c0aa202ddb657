import type { Schedule, ScheduleRun } from '../../client/client.ts'
import { gainChange, gainInterval } from '../../domain/gain-words.ts'
import { twoDigits } from './times.ts'

/** Writes when a schedule runs: `every 1h`, `cron 0 3 * * *`, `Monday, Friday at 03:00`. */
export function timingText(timing: Schedule['timing']): string {
  if ('every' in timing) return `every ${timing.every}`
  if ('cron' in timing) return `cron ${timing.cron.join('; ')}`
  return timing.calendars.map(calendarText).join('; ')
}

type Calendar = Extract<Schedule['timing'], { calendars: unknown }>['calendars'][number]

const named = (name: string) => name.charAt(0) + name.slice(1).toLowerCase()

function calendarText({ second = [0], minute = [0], hour = [0], dayOfMonth, month, dayOfWeek }: Calendar) {
  const days = [
    ...(dayOfWeek === undefined ? [] : [dayOfWeek.map(named).join(', ')]),
    ...(dayOfMonth === undefined ? [] : [`on the ${dayOfMonth.map((day) => `${day}.`).join(', ')}`]),
    ...(month === undefined ? [] : [`in ${month.map(named).join(', ')}`]),
  ]
  const seconds = second.some((value) => value !== 0) ? second : [null]
  const times = hour.flatMap((h) =>
    minute.flatMap((m) => seconds.map((s) => [h, m, ...(s === null ? [] : [s])].map(twoDigits).join(':'))),
  )
  return `${days.length === 0 ? 'daily' : days.join(' ')} at ${times.join(', ')}`
}

/** What happens when the run before is not over, in words. */
export const OVERLAP_WORDS: Record<Schedule['overlap'], string> = {
  skip: 'the new one is left out',
  buffer_one: 'the new one waits',
  allow_all: 'both run',
  cancel_other: 'the old one is cancelled',
}

const VERDICTS = {
  first: 'first run',
  same: 'as before',
  gain: 'better',
  regression: 'regression',
  not_settled: 'not settled',
} as const

/** Writes how the objective of a run compares with the one before, with its interval: `regression −12 % (−15 to −9.1 %)`. */
export function comparisonText(
  { verdict, ratio, low, high }: NonNullable<ScheduleRun['comparison']>,
  higherIsBetter: boolean,
): string {
  if (ratio === null) return VERDICTS[verdict]
  const interval =
    low === null || high === null
      ? ''
      : ` (${gainInterval(low, high, higherIsBetter).join(' to ').replace(' %', '')})`
  return `${VERDICTS[verdict]} ${gainChange(ratio, higherIsBetter)}${interval}`
}
