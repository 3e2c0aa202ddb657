import { afterEach, expect, test, vi } from 'vitest'
import { Remembered, REMEMBERED_MS } from './remembered.ts'

afterEach(() => vi.useRealTimers())

function listening() {
  const texts = new Remembered<string>(10, ({ length }) => length)
  texts.listen(true)
  const keep = (key: string, text: string, subject = 's') => texts.keep(subject, key, text, texts.heard)
  return { texts, keep }
}

test('it begins anew when more would be kept than may, and what was forgotten or replaced takes no place', () => {
  const { texts, keep } = listening()
  keep('a', '12345', 'other')
  texts.forget('other')
  keep('b', '12345')
  keep('b', '123')
  keep('c', '1234567')
  expect([texts.get('a'), texts.get('b'), texts.get('c')]).toEqual([undefined, '123', '1234567'])
  keep('d', '1')
  expect([texts.get('b'), texts.get('c'), texts.get('d')]).toEqual([undefined, undefined, '1'])
})

test('what was read before a change was announced, or while none can be heard, is not kept', () => {
  const { texts, keep } = listening()
  const { heard } = texts
  texts.forget('another')
  texts.keep('s', 'a', '1', heard)
  expect(texts.get('a')).toBeUndefined()
  keep('a', '1')
  texts.listen(false)
  keep('b', '1')
  expect([texts.get('a'), texts.get('b')]).toEqual([undefined, undefined])
})

test('nothing is remembered for long, and what is outdated makes place', () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const { texts, keep } = listening()
  keep('a', '12345')
  vi.advanceTimersByTime(REMEMBERED_MS / 2)
  keep('b', '12345')
  vi.advanceTimersByTime(REMEMBERED_MS / 2)
  expect(texts.get('a')).toBeUndefined()
  keep('c', '12345')
  expect([texts.get('b'), texts.get('c')]).toEqual(['12345', '12345'])
})
