import { expect, test } from 'vitest'
import { isErrorLine, splitByMatch } from './log-lines.ts'

test('splits a line at every match, whatever the case', () => {
  expect(splitByMatch('Load loaded', 'load')).toEqual([
    { text: 'Load', match: true },
    { text: ' ', match: false },
    { text: 'load', match: true },
    { text: 'ed', match: false },
  ])
  expect(splitByMatch('line', '')).toEqual([{ text: 'line', match: false }])
})

test('knows lines that tell of errors', () => {
  expect(isErrorLine('ggml: out of memory')).toBe(true)
  expect(isErrorLine('error: unknown flag')).toBe(true)
  expect(isErrorLine('0.00.788.844 E llama_init_from_model: no')).toBe(true)
  expect(isErrorLine('all good')).toBe(false)
})
