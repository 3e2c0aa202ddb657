import { formatDuration } from '../../domain/duration.ts'

/** Writes a time of today as a clock time and another with its date, in the viewer's zone. */
export function moment(iso: string, now: number): string {
  const date = new Date(iso)
  return new Date(now).toDateString() === date.toDateString() ? clock(date) : dateAndClock(date)
}

/** Writes a time in full, with its zone: `2026-03-29 14:05:09 UTC+02:00`. */
export function fullTime(iso: string): string {
  return `${dateAndClock(new Date(iso))} ${zoneOf(iso)}`
}

/** Writes the viewer's zone at a time: `UTC+02:00`. */
export function zoneOf(iso: string): string {
  return zone(-new Date(iso).getTimezoneOffset())
}

/** Not by `Intl`: to load what it knows of dates takes a phone longer than to draw what is written with it. */
function dateAndClock(date: Date): string {
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())} ${clock(date)}`
}

function clock(date: Date): string {
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':')
}

function zone(offsetMin: number): string {
  if (offsetMin === 0) return 'UTC'
  const size = Math.abs(offsetMin)
  return `UTC${offsetMin < 0 ? '−' : '+'}${twoDigits(Math.floor(size / 60))}:${twoDigits(size % 60)}`
}

/** Writes a part of a time or of a date. */
export function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
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
