import { expect, test } from 'vitest'
import { flowText, readFlow } from './flow-text.ts'

const { list, mapping } = {
  list: [
    'on',
    'true',
    true,
    'null',
    null,
    '8',
    8,
    'a b',
    'a,b',
    '',
    '/models/x-1.gguf',
    "it's",
    [1, 2],
    { k: 'v' },
  ],
  mapping: { threads: 2, cache_type_k: 'q8_0', 'odd key: {': '- x', chat: { a: ['#1'] } },
}

test('a list or mapping written in one line is read as it was', async () => {
  expect(await readFlow(flowText(list), 'list')).toEqual(list)
  expect(await readFlow(flowText(mapping), 'mapping')).toEqual(mapping)
})

test('plain words stay unquoted, as people write them', () => {
  expect(flowText(['on', 'auto', 'q8_0'])).toBe('on, auto, q8_0')
  expect(flowText({ threads: 2, flash_attn: 'on' })).toBe('threads: 2, flash_attn: on')
})

test('what is no YAML stays text, and nothing is nothing', async () => {
  expect(await readFlow('a: [', 'mapping')).toBe('a: [')
  expect([await readFlow(' ', 'list'), await readFlow('', 'mapping'), flowText(undefined)]).toEqual([
    [],
    undefined,
    '',
  ])
})
