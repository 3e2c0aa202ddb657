import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Network } from '../domain/network.ts'
import { temporaryFolder } from '../tests/folder.ts'
import { runtimeSuite } from './conformance.ts'
import { endpointRuntime } from './endpoint.ts'
import { freePort } from './ports.ts'

let folder: string
let url: string
let server: Server

beforeEach(async () => {
  folder = await temporaryFolder()
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  server = createServer((_, response) => response.end('ok')).listen(port, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(async () => {
  server.closeAllConnections()
  server.close()
})

const make = () => endpointRuntime({ folder })
const request = (spec: { kind: 'endpoint'; url: string }) => ({
  key: 'a-1-1',
  spec,
  program: null,
  args: () => [],
  env: {},
  devices: [],
  files: [],
})

runtimeSuite('endpoints', async () => ({ make, spec: { kind: 'endpoint', url } }), { starts: false })

test('a server that goes away is seen to be, and stopping leaves it alone', async () => {
  const runtime = make()
  const { baseUrl } = await runtime.start(request({ kind: 'endpoint', url: `${url}/` }))
  expect(baseUrl).toBe(url)
  await runtime.stop('a-1-1')
  expect(await (await fetch(url)).text()).toBe('ok')
  await runtime.start(request({ kind: 'endpoint', url }))
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  expect(await runtime.find('a-1-1')).toMatchObject({ running: false, exit: null })
})

test('where nothing listens, the start says so and leaves nothing', async () => {
  const runtime = make()
  server.close()
  await once(server, 'close')
  await expect(runtime.start(request({ kind: 'endpoint', url }))).rejects.toThrow(`nothing listens at ${url}`)
  expect(await runtime.list()).toEqual([])
})

test('with networks a private server is refused by its address, whatever name leads there', async () => {
  const runtime = make()
  const reach = (host: string, networks: string[]) =>
    runtime.start({
      ...request({ kind: 'endpoint', url: url.replace('127.0.0.1', host) }),
      privateNetworks: networks.map((network) => Network.parse(network)),
    })
  for (const host of ['127.0.0.1', 'localhost', '2130706433', '[::ffff:127.0.0.1]'])
    await expect(reach(host, ['10.0.0.0/8'])).rejects.toMatchObject({ kind: 'not_allowed' })
  expect(await runtime.list()).toEqual([])
  expect(await reach('localhost', ['127.0.0.0/8', '::1/128'])).toMatchObject({ running: true })
})

test('the address that answered is kept: what the name leads to later is not asked', async () => {
  const named = url.replace('127.0.0.1', 'localhost')
  await make().start(request({ kind: 'endpoint', url: named }))
  expect(await make().find('a-1-1')).toMatchObject({ baseUrl: named, address: '127.0.0.1', running: true })
})
