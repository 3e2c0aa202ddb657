import { expect, test } from 'vitest'
import { endpointOf } from './endpoint.ts'

const pathOf = (baseUrl: string, kind: 'chat' | 'completions' = 'chat') =>
  endpointOf({ baseUrl, model: 'm' }, kind).requestHead.split(' ')[1]

test.each([
  ['http://h:1', '/v1/chat/completions'],
  ['http://h:1/', '/v1/chat/completions'],
  ['http://h:1/v1', '/v1/chat/completions'],
  ['http://h:1/openai/v1/', '/openai/v1/chat/completions'],
  ['http://h:1/proxy', '/proxy/v1/chat/completions'],
])('%s is asked at %s', (baseUrl, path) => {
  expect(pathOf(baseUrl)).toBe(path)
})

test('text completions have their own path', () => {
  expect(pathOf('http://h', 'completions')).toBe('/v1/completions')
})

test('ports, hosts and TLS follow from the URL', () => {
  expect(endpointOf({ baseUrl: 'http://h', model: 'm' }, 'chat')).toMatchObject({
    host: 'h',
    port: 80,
    tls: null,
  })
  expect(endpointOf({ baseUrl: 'https://h', model: 'm' }, 'chat')).toMatchObject({
    port: 443,
    tls: { servername: 'h' },
  })
  expect(endpointOf({ baseUrl: 'https://[::1]:8443', model: 'm' }, 'chat')).toMatchObject({
    host: '::1',
    port: 8443,
    tls: {},
  })
})

test('an address that is known is connected to under the name of the URL', () => {
  const endpoint = endpointOf({ baseUrl: 'https://h', address: '192.0.2.1', model: 'm' }, 'chat')
  expect(endpoint).toMatchObject({ host: '192.0.2.1', tls: { servername: 'h' } })
  expect(endpoint.requestHead).toContain('host: h\r\n')
})

test('a target that would break the request is refused', () => {
  const withHeader = (name: string, value: string) => () =>
    endpointOf({ baseUrl: 'http://h', model: 'm', headers: { [name]: value } }, 'chat')
  expect(withHeader('x', 'a\r\nb: c')).toThrow(TypeError)
  expect(withHeader('x y', 'a')).toThrow(TypeError)
  expect(() => pathOf('ftp://h')).toThrow(TypeError)
})
