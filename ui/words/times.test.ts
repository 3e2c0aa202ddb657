import { afterEach, expect, test, vi } from 'vitest'
import { fullTime, moment, zoneOf } from './times.ts'

afterEach(() => vi.unstubAllEnvs())

test("times are written in the viewer's zone, of another day with the date", () => {
  vi.stubEnv('TZ', 'Europe/Berlin')
  const now = Date.parse('2026-03-29T12:05:09Z')
  expect(moment('2026-03-29T12:05:09Z', now)).toBe('14:05:09')
  expect(moment('2026-03-28T23:30:00Z', now)).toBe('00:30:00')
  expect(moment('2026-03-28T22:30:00Z', now)).toBe('2026-03-28 23:30:00')
})

test('a time in full tells its zone, by the day that it is of', () => {
  vi.stubEnv('TZ', 'Europe/Berlin')
  expect(fullTime('2026-03-28T22:30:00Z')).toBe('2026-03-28 23:30:00 UTC+01:00')
  expect(zoneOf('2026-03-28T22:30:00Z')).toBe('UTC+01:00')
  expect(fullTime('2026-03-29T12:05:09Z')).toBe('2026-03-29 14:05:09 UTC+02:00')
  vi.stubEnv('TZ', 'America/St_Johns')
  expect(fullTime('2026-01-02T03:04:05Z')).toBe('2026-01-01 23:34:05 UTC−03:30')
  vi.stubEnv('TZ', 'UTC')
  expect(fullTime('2026-01-02T03:04:05Z')).toBe('2026-01-02 03:04:05 UTC')
})
