import { expect, test } from 'vitest'
import { problemCount } from './check-words.ts'

test('counts what is to be mended, one where no place is named', () => {
  expect([0, 1, 2].map(problemCount)).toEqual(['1 thing to mend', '1 thing to mend', '2 things to mend'])
})
