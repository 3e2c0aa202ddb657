import { describe, expect, test } from 'vitest'
import { readEvents, type ServerSentEvent } from './sse.ts'
import { body as bodyOf } from './testing/body.ts'

/** Reads a body that arrived in these pieces, the k-th at time k. */
function read(...parts: (string | Uint8Array)[]) {
  const events: ServerSentEvent[] = []
  const stream = readEvents(bodyOf(...parts), { take: (event) => events.push(event) > 0 })
  return { ...stream, events }
}
const dataOf = (...parts: (string | Uint8Array)[]) => read(...parts).events.map(({ data }) => data)

describe('an event split over packets', () => {
  const body = Buffer.from('data: {"a":"é😀","b":"\\uD83D\\uDE00"}\r\n\r\ndata: two\n\n')

  test('reads the same wherever the split is, inside characters and escapes too', () => {
    const whole = dataOf(body)
    expect(whole).toEqual(['{"a":"é😀","b":"\\uD83D\\uDE00"}', 'two'])
    for (let at = 1; at < body.length; at += 1) {
      expect(dataOf(body.subarray(0, at), body.subarray(at))).toEqual(whole)
    }
  })

  test('reads the same as a trickle of single bytes', () => {
    expect(dataOf(...Array.from(body, (byte) => Uint8Array.of(byte)))).toEqual(dataOf(body))
  })

  test('has the time of the packet that completed it', () => {
    expect(read('data: o', 'ne\n', '\nda', 'ta: two\n\n').events).toEqual([
      { type: '', data: 'one', atMs: 2 },
      { type: '', data: 'two', atMs: 3 },
    ])
  })
})

test('several events in one packet all have its time', () => {
  expect(read('data: 1\n\ndata: 2\n\n', 'data: 3\n\n').events.map(({ atMs }) => atMs)).toEqual([0, 0, 1])
})

test.each([
  ['LF', '\n'],
  ['CRLF', '\r\n'],
  ['CR', '\r'],
])('lines may end with %s', (_, end) => {
  expect(dataOf(`data: 1${end}${end}data: 2${end}data: 3${end}${end}`)).toEqual(['1', '2\n3'])
})

test('a CRLF split between packets is one line end', () => {
  expect(dataOf('data: 1\r', '\ndata: 2\r', '\n\r', '\ndata: 3\r\n\r\n')).toEqual(['1\n2', '3'])
})

test('a byte-order mark at the start is no part of the first field', () => {
  expect(dataOf('\uFEFFdata: 1\n\n')).toEqual(['1'])
  expect(dataOf(Uint8Array.of(0xef), Uint8Array.of(0xbb, 0xbf), 'data: 1\n\n')).toEqual(['1'])
})

test('one space after the colon is dropped, and only one', () => {
  expect(dataOf('data:1\n\ndata: 2\n\ndata:  3\n\ndata\n\n')).toEqual(['1', '2', ' 3', ''])
})

test('several data lines of one event are joined with line feeds', () => {
  expect(dataOf('data: {"a":\ndata: 1}\n\n')).toEqual(['{"a":\n1}'])
})

test('event, id, retry and comment lines are understood, and unknown fields left out', () => {
  const { events, knownLines } = read(
    ': ping\nid: 7\nretry: 10\nother: x\nevent: error\ndata: 1\n\ndata: 2\n\n',
  )
  expect(events.map(({ type, data }) => [type, data])).toEqual([
    ['error', '1'],
    ['', '2'],
  ])
  expect(knownLines).toBe(6)
})

test('an event without data is none', () => {
  expect(read('event: ping\n\n: c\n\ndata: 1\n\n').events).toMatchObject([{ type: '', data: '1' }])
})

test('an event that the end of the body cuts off is returned and marked', () => {
  expect(read('data: 1\n\n', 'data: [DONE]')).toMatchObject({
    events: [{ data: '1' }, { data: '[DONE]', atMs: 1 }],
    lastUnterminated: true,
  })
  expect(read('data: 1\n\n').lastUnterminated).toBe(false)
})

test('a page of HTML has no known line', () => {
  expect(read('<html>\n<body style="a: b">\n\n</html>\n')).toMatchObject({ events: [], knownLines: 0 })
})

test('an empty body has no events', () => {
  expect(read()).toMatchObject({ events: [], knownLines: 0 })
})

test('a line of more than a megabyte is one event', () => {
  const long = 'x'.repeat(1_500_000)
  expect(dataOf(`data: ${long}`, '\n\n')).toEqual([long])
})
