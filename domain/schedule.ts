import { z } from 'zod'
import { Duration } from './duration-schema.ts'
import { durationMs } from './duration.ts'
import { Name } from './name.ts'
import { TuningRequest } from './tuning.ts'

/** The shortest interval; Temporal counts in seconds. */
const SHORTEST_INTERVAL_MS = 1000

const MONTHS = [
  'JANUARY',
  'FEBRUARY',
  'MARCH',
  'APRIL',
  'MAY',
  'JUNE',
  'JULY',
  'AUGUST',
  'SEPTEMBER',
  'OCTOBER',
  'NOVEMBER',
  'DECEMBER',
] as const
const DAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'] as const

const within = (low: number, high: number) => z.array(z.int().min(low).max(high)).min(1)

/** Times of a calendar: every field must match; seconds, minutes and hours are 0 unless named, the rest is any. */
const Calendar = z.strictObject({
  second: within(0, 59).optional(),
  minute: within(0, 59).optional(),
  hour: within(0, 23).optional(),
  dayOfMonth: within(1, 31).optional(),
  month: z.array(z.enum(MONTHS)).min(1).optional(),
  dayOfWeek: z.array(z.enum(DAYS)).min(1).optional(),
})

const Cron = z
  .string()
  .trim()
  .regex(/^\S+(\s+\S+){4,6}$/, 'expected five to seven fields, such as 0 3 * * *')

/** When a schedule starts a tuning. */
export const ScheduleTiming = z.union([
  z.strictObject({ cron: z.array(Cron).min(1).max(20) }),
  z.strictObject({ calendars: z.array(Calendar).min(1).max(20) }),
  z.strictObject({
    every: Duration.refine((text) => durationMs(text) >= SHORTEST_INTERVAL_MS, 'at least 1s'),
  }),
])
export type ScheduleTiming = z.infer<typeof ScheduleTiming>

export const OverlapPolicy = z.enum(['skip', 'buffer_one', 'allow_all', 'cancel_other']).meta({
  description:
    'What happens when the run before is not over: leave this one out, start it afterwards (one at most waits), run both, or cancel the one before.',
})
export type OverlapPolicy = z.infer<typeof OverlapPolicy>

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** How a schedule runs, apart from what it runs. */
export const SchedulePlan = z.strictObject({
  timing: ScheduleTiming,
  timeZone: z
    .string()
    .default('UTC')
    .refine(isTimeZone, 'not a time zone: expected a name such as Europe/Zurich')
    .meta({ description: 'IANA name of the time zone of cron and calendars.' }),
  overlap: OverlapPolicy.default('skip'),
  catchupWindow: Duration.default('1h').meta({
    description: 'A time missed while the service was down is made up for when it is not longer ago.',
  }),
})
export type SchedulePlan = z.infer<typeof SchedulePlan>

/** A schedule as people ask for it. */
export const ScheduleRequest = SchedulePlan.extend({
  name: Name.max(160),
  tuning: TuningRequest,
  paused: z.boolean().default(false),
}).meta({ id: 'ScheduleRequest' })
export type ScheduleRequest = z.infer<typeof ScheduleRequest>
