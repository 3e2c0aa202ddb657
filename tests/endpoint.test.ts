import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import { freePort } from '../runtimes/ports.ts'
import { api, runCli, smallRequest, startTestService, type TestService } from './service.ts'

let service: TestService
let calls: ReturnType<typeof api>
let server: ChildProcess
let url: string

const isReady = () =>
  fetch(`${url}/health`).then(
    ({ ok }) => ok,
    () => false,
  )

beforeAll(async () => {
  service = await startTestService()
  calls = api(service)
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  const place = ['--host', '127.0.0.1', '--port', String(port)]
  const size = ['--ctx-size', '2048', '--parallel', '4', '--threads', '1']
  server = spawn(inject('llamaServer'), ['--model', inject('model'), ...place, ...size], { stdio: 'ignore' })
  await vi.waitUntil(isReady, { timeout: 60_000 })
})
afterAll(async () => {
  server.kill('SIGKILL')
  await service.remove()
})

const request = () =>
  smallRequest({
    name: 'endpoint',
    engine: { kind: 'openai', model: 'gemma-3-270m', args: {} },
    runtime: { kind: 'endpoint', url },
    space: { concurrency: { type: 'integer', low: 1, high: 4, scale: 'power-of-two' } },
    baseline: { concurrency: 1 },
    rules: [],
    budget: { experiments: 2 },
  })

test('the load of a server that somebody else runs is tuned, and the server is left as it is', async () => {
  const { id } = await calls.start(request())
  await calls.finished(id)
  expect(await calls.read(id)).toMatchObject({ state: 'completed' })
  const experiments = await calls.experiments(id)
  const tried = experiments.filter(({ kind }) => kind !== 'confirmation')
  expect(tried.map(({ configuration }) => configuration.concurrency).toSorted()).toEqual([1, 2, 4])
  for (const { result, configuration } of experiments) {
    expect(result).toMatchObject({ status: 'measured' })
    if (result?.status !== 'measured') continue
    const { concurrency_mean } = result.measurement.metrics
    expect(concurrency_mean).toBeLessThanOrEqual(Number(configuration.concurrency))
  }
  expect(await isReady()).toBe(true)
  const log = await runCli(service.env, 'logs', id, '0', '--json')
  expect(JSON.parse(log.stdout)).toEqual({ experiment: 0, log: '' })
})

test('a server that is not there fails the tuning with its address', async () => {
  const away = `http://127.0.0.1:${await freePort()}`
  const { id } = await calls.start({ ...request(), runtime: { kind: 'endpoint', url: away } })
  await calls.finished(id)
  const { state, message } = await calls.read(id)
  expect([state, message]).toEqual(['failed', expect.stringContaining(away)])
})

test('an endpoint that wants a key gets it with every request, and nobody is shown it', async () => {
  const key = 'a-key-of-the-endpoint'
  const keyed = createServer((incoming, response) => {
    if (incoming.headers.authorization !== `Bearer ${key}`) return void response.writeHead(401).end()
    const { method, headers } = incoming
    const passed = httpRequest(`${url}${incoming.url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    incoming.pipe(passed)
  }).listen(0, '127.0.0.1')
  await once(keyed, 'listening')
  const address = keyed.address()
  const away = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  try {
    const { id } = await calls.start({
      ...request(),
      engine: { kind: 'openai', model: 'gemma-3-270m', args: {}, env: { OPENAI_API_KEY: key } },
      runtime: { kind: 'endpoint', url: away },
      budget: { experiments: 1 },
      confirmation: { pairs: 0 },
    })
    const events = await calls.finished(id)
    const tuning = await calls.read(id)
    expect(tuning).toMatchObject({ state: 'completed', experiments: { completed: 2, failed: 0 } })
    expect(JSON.stringify([tuning, events, await calls.experiments(id)])).not.toContain(key)
  } finally {
    keyed.close()
    keyed.closeAllConnections()
  }
})

test.each([
  ['wants a key', 401, 'wants a key'],
  ['lists no models and serves none', 404, 'does not serve this load: HTTP 404'],
])(
  'an endpoint that %s is told of at once, not after the time that engines take to load',
  async (_, status, said) => {
    const other = createServer((_request, response) => response.writeHead(status).end())
    other.listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const away = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
    try {
      const { id } = await calls.start({ ...request(), runtime: { kind: 'endpoint', url: away } })
      await calls.finished(id)
      expect((await calls.read(id)).message).toContain(said)
    } finally {
      other.close()
    }
  },
)

test('a server whose answers have no end fails the tuning at once, with its address', async () => {
  const endless = createServer((_, response) => {
    Readable.from(Array.from({ length: 4096 }, () => 'x'.repeat(2 ** 16))).pipe(response)
  }).listen(0, '127.0.0.1')
  await once(endless, 'listening')
  const address = endless.address()
  const away = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  try {
    const { id } = await calls.start({ ...request(), runtime: { kind: 'endpoint', url: away } })
    const events = await calls.finished(id)
    const { state, message } = await calls.read(id)
    expect([state, message]).toEqual([
      'failed',
      expect.stringContaining(`${away}/v1/models answers with more than 8 MiB`),
    ])
    const starts = events.filter(
      ({ event }) => event.type === 'experiment.stage' && event.stage === 'starting',
    )
    expect(starts).toHaveLength(1)
  } finally {
    endless.close()
    endless.closeAllConnections()
  }
})
