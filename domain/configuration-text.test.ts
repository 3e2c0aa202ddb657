import { expect, test } from 'vitest'
import { readConfiguration } from './configuration-text.ts'

test('pairs are read with numbers and booleans as such', () => {
  expect(
    readConfiguration(['parallel=4', 'flash_attn=true', 'cache_type=q8_0', 'expr=a=b', 'empty=']),
  ).toEqual({
    parallel: 4,
    flash_attn: true,
    cache_type: 'q8_0',
    expr: 'a=b',
    empty: '',
  })
})

test.each(['parallel', '=4', ''])('%j is no pair', (pair) => {
  expect(() => readConfiguration([pair])).toThrow(`expected name=value, got ${pair}`)
})
