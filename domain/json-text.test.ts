import { expect, test } from 'vitest'
import { jsonText, writeJson } from './json-text.ts'

test('writes what is passed on as it came, between values that are escaped', () => {
  const value = {
    name: 'a "quote", a \\, a line\n and </script> 𝛑',
    spec: jsonText('{"b": [1.50, null], "a": "\\u0000"}'),
    list: [jsonText('1e3'), 2, jsonText(null)],
    at: new Date(0),
  }
  const text = writeJson(value)
  expect(text).toContain('"spec":{"b": [1.50, null], "a": "\\u0000"},"list":[1e3,2,null]')
  expect(JSON.parse(text)).toMatchObject({ name: value.name, at: '1970-01-01T00:00:00.000Z' })
  expect(writeJson({ plain: [] })).toBe('{"plain":[]}')
})
