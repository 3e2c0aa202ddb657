const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Returns the milliseconds of a length of time as people write it: `500ms`, `10s`, `1.5m`, `2h`; NaN for text that is none. */
export function durationMs(duration: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(duration)
  const unit = match?.[2]
  if (unit !== 'ms' && unit !== 's' && unit !== 'm' && unit !== 'h') return NaN
  return Number(match?.[1]) * UNITS_MS[unit]
}

/** Writes milliseconds for people: `850 ms`, `12 s`, `4 min 05 s`, `2 h 10 min`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}
