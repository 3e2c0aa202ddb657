import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { setImmediate } from 'node:timers/promises'
import { askEngine, AnswerTooLongError } from './ask.ts'

let server: Server
let port: number
let sentMib = 0
const signal = new AbortController().signal

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/endless') void pour(response)
    else if (request.url === '/unfinished') response.write('one word, and then nothing')
    else if (request.url === '/moved') response.writeHead(302, { location: '/' }).end()
    else if (request.url === '/key') response.end(request.headers.authorization)
    else response.end(`${request.method} ${request.headers.host}`)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  port = address !== null && typeof address === 'object' ? address.port : 0
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
})

/** Sends for as long as somebody takes it. */
async function pour(response: ServerResponse): Promise<void> {
  for (sentMib = 0; !response.destroyed; sentMib += response.writableNeedDrain ? 0 : 1) {
    if (!response.writableNeedDrain) response.write('x'.repeat(2 ** 20))
    await setImmediate()
  }
}

test('an engine whose address is known is asked there, under its own name', async () => {
  const place = { baseUrl: `http://engine.invalid:${port}`, address: '127.0.0.1' }
  const answer = { ok: true, status: 200, text: `GET engine.invalid:${port}` }
  expect(await askEngine(place, '/', { signal })).toEqual(answer)
  expect(await askEngine({ ...place, address: null }, '/', { signal })).toBeNull()
})

test('what an endpoint wants with every request goes with it', async () => {
  const place = { baseUrl: `http://127.0.0.1:${port}`, address: null, headers: { authorization: 'Bearer k' } }
  expect(await askEngine(place, '/key', { signal })).toMatchObject({ text: 'Bearer k' })
})

test('an answer that leads elsewhere is not followed', async () => {
  const place = { baseUrl: `http://127.0.0.1:${port}`, address: null }
  expect(await askEngine(place, '/moved', { signal })).toEqual({ ok: false, status: 302, text: '' })
})

test('an answer without end is told by its address, and no more is taken of it', async () => {
  const place = { baseUrl: `http://127.0.0.1:${port}`, address: null }
  const asked = askEngine(place, '/endless', { signal })
  await expect(asked).rejects.toThrow(`${place.baseUrl}/endless answers with more than 8 MiB`)
  await expect(asked).rejects.toThrow(AnswerTooLongError)
  expect(sentMib).toBeLessThan(64)
})

test('an answer that is begun and not finished is none', async () => {
  const place = { baseUrl: `http://127.0.0.1:${port}`, address: null }
  expect(await askEngine(place, '/unfinished', { signal })).toBeNull()
})
