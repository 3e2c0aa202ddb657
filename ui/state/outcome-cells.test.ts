import { expect, test } from 'vitest'
import { cellsImage, outcomesText, stepsPath } from './outcome-cells.ts'

test('paints neighbours of one kind together, and nothing for what is to come', () => {
  expect(cellsImage('mmfr', 8)).toBe(
    'linear-gradient(to right, var(--accent) 0.00% 25.00%, var(--bad) 25.00% 37.50%, var(--accent-soft) 37.50% 50.00%, transparent 50.00%)',
  )
  expect(cellsImage('m.m', 3)).toContain('transparent 33.33% 66.67%')
  expect(cellsImage('', 4)).toBe('linear-gradient(to right, transparent 0.00%)')
})

test('counts outcomes in words', () => {
  expect(outcomesText('rmmbfm')).toBe('3 met every limit, 1 broke a limit, 1 failed, 1 waiting or running')
  expect(outcomesText('')).toBe('')
})

test('draws a step up where the best rose, on to the newest experiment, and a gap where there was none', () => {
  const step = (after: number, objective: number | null) => ({ after, objective })
  expect(stepsPath([step(1, 100), step(4, 150)], 8)).toBe('M8.0 17.0H32.0V1.0H64.0')
  expect(stepsPath([step(1, 100)], 1)).toBe('M64.0 9.0H64.0')
  expect(stepsPath([step(1, 100), step(2, null), step(3, 100)], 4)).toBe('M16.0 9.0H32.0M48.0 9.0H64.0')
  expect(stepsPath([], 4)).toBe('')
})
