import { formatDuration } from '../../domain/duration.ts'

const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const LONG = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' })

/** Writes a time of today as a clock time and another with its date, in the viewer's zone. */
export function moment(iso: string, now: number): string {
  const date = new Date(iso)
  return (new Date(now).toDateString() === date.toDateString() ? CLOCK : MOMENT).format(date)
}

/** Writes a time in full, with its zone. */
export function fullTime(iso: string): string {
  return LONG.format(new Date(iso))
}

/** Writes how long ago a time was, coarsely: `3 min ago`. */
export function ago(iso: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1000))
  if (seconds < 5) return 'just now'
  if (seconds < 60) return `${seconds} s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`
  return `${Math.floor(seconds / 86_400)} d ago`
}

/** Writes the time between two moments, or until now. */
export function span(from: string | null, to: string | null, now: number): string {
  if (from === null) return '–'
  return formatDuration(Math.max(0, (to === null ? now : Date.parse(to)) - Date.parse(from)))
}
