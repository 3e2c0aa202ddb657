import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askEngine } from './ask.ts'

let server: Server
let port: number
const signal = new AbortController().signal

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/moved') response.writeHead(302, { location: '/' }).end()
    else response.end(`${request.method} ${request.headers.host}`)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  port = address !== null && typeof address === 'object' ? address.port : 0
})
afterAll(() => server.close())

test('an engine whose address is known is asked there, under its own name', async () => {
  const place = { baseUrl: `http://engine.invalid:${port}`, address: '127.0.0.1' }
  expect(await askEngine(place, '/', { signal })).toEqual({ ok: true, text: `GET engine.invalid:${port}` })
  expect(await askEngine({ ...place, address: null }, '/', { signal })).toBeNull()
})

test('an answer that leads elsewhere is not followed', async () => {
  const place = { baseUrl: `http://127.0.0.1:${port}`, address: null }
  expect(await askEngine(place, '/moved', { signal })).toEqual({ ok: false, text: '' })
})
