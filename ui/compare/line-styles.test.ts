import { expect, test } from 'vitest'
import { LINE_STYLES, MOST_COMPARED } from './line-styles.ts'

test('as many lines as are compared at once differ in colour and in dashes', () => {
  const shown = LINE_STYLES.slice(0, MOST_COMPARED)
  expect(new Set(shown.map(({ kind }) => kind)).size).toBe(MOST_COMPARED)
  expect(new Set(shown.map(({ dash }) => dash.join())).size).toBe(MOST_COMPARED)
})
