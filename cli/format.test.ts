import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { colour, harmless, table } from './format.ts'

// As on a terminal.
beforeAll(() => void vi.stubEnv('FORCE_COLOR', '1'))
afterAll(() => void vi.unstubAllEnvs())

test('what somebody named does nothing to the terminal of whoever lists it', () => {
  const names = ['\u001b[31mRED\u001b]0;title\u0007', 'x\r\ny', 'a\u007f\u009b2J\u2028b', 'tab\there']
  const [, ...rows] = table(
    ['name', 'n'],
    names.map((name) => [name, '1']),
  ).split('\n')
  expect(rows).toEqual(
    [
      '\\u001b[31mRED\\u001b]0;title\\u0007',
      'x\\u000d\\u000ay',
      'a\\u007f\\u009b2J\\u2028b',
      'tab\\u0009here',
    ].map((name) => `${name.padEnd(33)}  1`),
  )
})

test('the styles of our own stay, also around what is not ours', () => {
  const state = colour.state('failed')
  expect(state).not.toBe('failed')
  expect(table(['state'], [[state]]).split('\n')[1]).toBe(state)
  const text = colour.bold(`${colour.good('a\u0007')}\nb`)
  expect(harmless(text)).toBe(text)
  expect(text).toContain('a\\u0007')
  expect(text).toContain('\nb')
})
