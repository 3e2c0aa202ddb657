import { expect, test } from 'vitest'
import { Duration } from './duration-schema.ts'
import { durationMs, formatDuration } from './duration.ts'

test('durations are read in every unit', () => {
  expect(['500ms', '10s', '1.5m', '2h'].map(durationMs)).toEqual([500, 10_000, 90_000, 7_200_000])
})

test.each(['10', 's', '-1s', '1 s', '0s', '1d'])('%j is not a duration', (text) => {
  expect(Duration.safeParse(text).success).toBe(false)
})

test('a length of time is written in the two units that matter', () => {
  expect([850, 12_400, 245_000, 7_800_000].map(formatDuration)).toEqual([
    '850 ms',
    '12 s',
    '4 min 05 s',
    '2 h 10 min',
  ])
})
