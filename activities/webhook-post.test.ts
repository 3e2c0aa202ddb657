import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Network } from '../domain/network.ts'
import { postWebhook } from './webhook-post.ts'

let server: Server
let port: number
const taken: string[] = []

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      taken.push(body)
      const moved = request.url === '/moved'
      response.writeHead(moved ? 302 : 204, moved ? { location: '/' } : {}).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  port = address !== null && typeof address === 'object' ? address.port : 0
})
afterAll(() => server.close())

const post = (host: string, networks: Network[] | null, path = '/') =>
  postWebhook(`http://${host}:${port}${path}`, {}, 'hello', networks)

test.each(['127.0.0.1', 'localhost', '2130706433', '0177.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0'])(
  'a private address is refused however it is written: %s',
  async (host) => {
    taken.length = 0
    expect(await post(host, [])).toMatch(/is in a private network: REDLINE_PRIVATE_NETWORKS says/)
    expect(taken).toEqual([])
  },
)

test.each([
  '10.1.2.3',
  '172.31.0.1',
  '192.168.0.1',
  '169.254.169.254',
  '100.64.0.1',
  '[fd00::1]',
  '[fe80::1]',
])('so is one of any other private network: %s', async (host) =>
  expect(await post(host, [])).toMatch(/private network/),
)

test('a network that is named may be reached, by address and by name', async () => {
  const networks = [Network.parse('127.0.0.0/8'), Network.parse('::1/128')]
  taken.length = 0
  expect(await post('127.0.0.1', networks)).toBeNull()
  expect(await post('localhost', networks)).toBeNull()
  expect(await post('10.1.2.3', networks)).toMatch(/private network/)
  expect(taken).toEqual(['hello', 'hello'])
})

test('without users all may be reached; a redirect is not followed, and a port that nobody has is told', async () => {
  taken.length = 0
  expect(await post('127.0.0.1', null)).toBeNull()
  expect(await post('127.0.0.1', null, '/moved')).toBe('the receiver answered 302')
  expect(taken).toHaveLength(2)
  expect(await postWebhook('http://127.0.0.1:1/', {}, 'hello', null)).toMatch(/ECONNREFUSED/)
})
