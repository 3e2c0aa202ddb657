import { formatDuration } from '../../domain/duration.ts'

/** Made when it is first needed: that takes longer than all that is written with it on a page. */
function format(options: Intl.DateTimeFormatOptions): (date: Date) => string {
  let made: Intl.DateTimeFormat | undefined
  return (date) => (made ??= new Intl.DateTimeFormat(undefined, options)).format(date)
}

const clock = format({ timeStyle: 'medium' })
const dateAndClock = format({ dateStyle: 'medium', timeStyle: 'medium' })
const inFull = format({ dateStyle: 'medium', timeStyle: 'long' })

/** Writes a time of today as a clock time and another with its date, in the viewer's zone. */
export function moment(iso: string, now: number): string {
  const date = new Date(iso)
  return new Date(now).toDateString() === date.toDateString() ? clock(date) : dateAndClock(date)
}

/** Writes a time in full, with its zone. */
export function fullTime(iso: string): string {
  return inFull(new Date(iso))
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
