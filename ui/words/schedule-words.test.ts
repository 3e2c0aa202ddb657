import { expect, test } from 'vitest'
import { comparisonText, timingText } from './schedule-words.ts'

test('writes when a schedule runs', () => {
  expect(timingText({ every: '6h' })).toBe('every 6h')
  expect(timingText({ cron: ['0 3 * * *', '0 12 * * 1'] })).toBe('cron 0 3 * * *; 0 12 * * 1')
  expect(timingText({ calendars: [{ hour: [3], dayOfWeek: ['MONDAY', 'FRIDAY'] }] })).toBe(
    'Monday, Friday at 03:00',
  )
  expect(
    timingText({
      calendars: [
        { hour: [3, 15], minute: [30] },
        { dayOfMonth: [1], second: [5] },
      ],
    }),
  ).toBe('daily at 03:30, 15:30; on the 1. at 00:00:05')
})

test('writes how a run compares, with the interval where there is one', () => {
  const known = { previousTuningId: 'a', sameConfiguration: true, confidence: 0.95 }
  expect(comparisonText({ ...known, verdict: 'regression', ratio: 0.88, low: 0.85, high: 0.91 }, true)).toBe(
    'regression −12 % (−15 to −9.0 %)',
  )
  expect(comparisonText({ ...known, verdict: 'not_settled', ratio: 1.05, low: null, high: null }, true)).toBe(
    'not settled +5.0 %',
  )
  expect(comparisonText({ ...known, verdict: 'first', ratio: null, low: null, high: null }, true)).toBe(
    'first run',
  )
  expect(comparisonText({ ...known, verdict: 'gain', ratio: 2, low: 1.6, high: 2.5 }, false)).toBe(
    'better −50 % (−60 to −38 %)',
  )
})
