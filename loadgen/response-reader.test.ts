import { describe, expect, test } from 'vitest'
import { ResponseReader } from './response-reader.ts'

/** Reads packets, the k-th arriving at time k. */
function read(...packets: string[]): ResponseReader {
  const reader = new ResponseReader()
  packets.forEach((packet, index) => reader.push(Buffer.from(packet), index))
  return reader
}
const bodyOf = (reader: ResponseReader) => reader.body.toString()
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
const PLAIN = 'HTTP/1.1 200 OK\r\n\r\n'

describe('framing', () => {
  test('a body of known length ends with its last byte', () => {
    const reader = read('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel', 'l')
    expect(reader.complete).toBe(false)
    reader.push(Buffer.from('o'), 2)
    expect([bodyOf(reader), reader.times, reader.complete, reader.reusable]).toEqual([
      'hello',
      [0, 1, 2],
      true,
      true,
    ])
  })

  test('chunks may have extensions and trailers may follow them', () => {
    const reader = read(`${CHUNKED}5;name="v;w"\r\nhello\r\n6 \r\n world\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n`)
    expect([bodyOf(reader), reader.complete, reader.malformed]).toEqual(['hello world', true, null])
  })

  test('chunks read the same wherever the packets are split', () => {
    const text = `HTTP/1.1 100 Continue\r\n\r\n${CHUNKED}5;a=b\r\nhello\r\nb\r\n, world\r\n12\r\n0\r\nT: 1\r\n\r\n`
    for (let at = 1; at < text.length; at += 1) {
      const reader = read(text.slice(0, at), text.slice(at))
      expect([bodyOf(reader), reader.complete, reader.malformed]).toEqual(['hello, world\r\n12', true, null])
    }
    expect(bodyOf(read(...text))).toBe('hello, world\r\n12')
  })

  test('a body without length ends with the connection', () => {
    const reader = read(`${PLAIN}any`, 'thing')
    expect([bodyOf(reader), reader.complete, reader.endsWithConnection]).toEqual(['anything', false, true])
  })

  test('interim answers are passed over', () => {
    const reader = read('HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 Early\r\nLink: x\r\n\r\n', CHUNKED)
    expect([reader.head?.status, reader.headAtMs]).toEqual([200, 2])
  })

  test('an answer that forbids a body has none', () => {
    expect(read('HTTP/1.1 204 No Content\r\n\r\n').complete).toBe(true)
  })

  test('a connection that the server will close, or on which more came, is not used again', () => {
    expect(read('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n').reusable).toBe(false)
    expect(read('HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n').reusable).toBe(false)
    expect(read('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab').reusable).toBe(false)
  })

  test.each([
    ['another protocol', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['a chunk size that is no number', `${CHUNKED}zz\r\n`],
    ['a chunk longer than it says', `${CHUNKED}2\r\nabcd\r\n`],
    ['a length that is no number', 'HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n'],
    ['headers without end', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}`],
  ])('%s is malformed', (_, bytes) => {
    expect(read(bytes).malformed).not.toBeNull()
  })
})

describe('the end of a stream', () => {
  test.each([
    'data: [DONE]\n\n',
    'data:[DONE]',
    'data: {}\r\n\r\ndata: [DONE]\r\n',
    'data: {}\r\rdata: [DONE]\r',
    '\uFEFFdata: [DONE]',
  ])('is seen in %j wherever it is split', (text) => {
    expect(read(PLAIN + text).done).toBe(true)
    for (let at = 1; at < text.length; at += 1)
      expect(read(PLAIN, text.slice(0, at), text.slice(at)).done).toBe(true)
    expect(read(PLAIN, ...text).done).toBe(true)
  })

  test.each([
    'data: {"content":"data: [DONE]"}\n\n',
    'data: {"content":"[DONE]"}\n\n',
    ': data: [DONE]\n',
    'xdata: [DONE]\n',
  ])('is not seen in %j however it is split', (text) => {
    expect(read(PLAIN + text).done).toBe(false)
    for (let at = 1; at < text.length; at += 1)
      expect(read(PLAIN, text.slice(0, at), text.slice(at)).done).toBe(false)
  })

  test('comes with [DONE] though the message goes on, and what follows is dropped', () => {
    const reader = read(`${CHUNKED}e\r\ndata: [DONE]\n\n\r\n`, 'e\r\ndata: [DONE]\n\n\r\n')
    expect([reader.done, reader.complete, bodyOf(reader)]).toEqual([true, false, 'data: [DONE]\n\n'])
    reader.push(Buffer.from('0\r\n\r\n'), 2)
    expect([reader.complete, reader.reusable]).toEqual([true, true])
  })
})
