import { expect, test } from 'vitest'
import { findProgramResult } from './program-result.ts'

test('the last line that is a result counts, whatever else is printed', () => {
  const lines = [
    'loading',
    '{"metrics":{"output_tokens_per_second":1}}',
    '{"metrics":{"output_tokens_per_second":2,"ttft_p99_ms":null}}',
    '{"progress":1}',
    '{not json',
    'bye',
  ]
  expect(findProgramResult(lines)).toEqual({
    metrics: { output_tokens_per_second: 2, ttft_p99_ms: null },
  })
})

test('an error has a kind, unknown where it says none; nothing else is a result', () => {
  expect(findProgramResult(['{"error":"no memory","kind":"out_of_memory"}'])).toEqual({
    error: 'no memory',
    kind: 'out_of_memory',
  })
  expect(findProgramResult(['{"error":"what"}'])).toEqual({ error: 'what', kind: 'unknown' })
  expect(
    findProgramResult(['{"error":"what","kind":"bad luck"}', '{"metrics":{"a":"fast"}}', '[]', '']),
  ).toBeNull()
})
