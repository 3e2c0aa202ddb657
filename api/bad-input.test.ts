import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { createGzip } from 'node:zlib'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { startApi } from '../tests/api.ts'
import { newTuning } from '../tests/database.ts'
import { json } from '../tests/service.ts'
import { apiDocument } from './app.ts'

const Parameter = z.object({ in: z.string() })

let api: Awaited<ReturnType<typeof startApi>>
beforeAll(async () => {
  api = await startApi('127.0.0.1')
})
afterEach(async () => {
  expect((await api.send('GET', '/tunings')).status).toBe(200)
})

/** Sends a request as it is: `fetch` would tidy its path up. */
async function send(
  path: string,
  { body, ...options }: { method?: string; headers?: Record<string, string>; body?: Buffer } = {},
) {
  const sent = request({ port: api.port, path, ...options }).end(body)
  const [response]: IncomingMessage[] = await once(sent, 'response')
  return { status: response?.statusCode, content: response === undefined ? '' : await text(response) }
}

/** Sends bytes, leaves the connection open, and returns what comes until the server closes it. */
async function answerTo(bytes: string, { port } = api): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.setEncoding('utf8').on('data', (part: string) => (answer += part))
  // What the server did not read makes its end of the connection a reset.
  socket.on('error', () => undefined)
  socket.write(bytes)
  await new Promise((resolve) => socket.once('close', resolve))
  return answer
}

test('headers of 100 kB are refused', async () => {
  const answer = await answerTo(`GET /api/v1/tunings HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(100_000)}`)
  expect(answer).toMatch(/^HTTP\/1.1 431 .*\r\nContent-Type: application\/problem\+json/)
  expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({
    status: 431,
    detail: 'the headers are larger than 16 KiB',
  })
})

test('what is no HTTP is told so', async () => {
  expect(await answerTo('SSH-2.0-OpenSSH_9.2\r\n\r\n')).toMatch(/^HTTP\/1.1 400 .*"this is no HTTP request"/s)
})

test('a path that takes no such request is a problem, outside the API too', async () => {
  const { status, content } = await send('/tunings', { method: 'POST' })
  expect(JSON.parse(content)).toMatchObject({ status, detail: expect.stringContaining('/api/v1') })
  expect(status).toBe(404)
})

test('no operation takes a parameter that it does not know for one that was not given', async () => {
  const asked = Object.entries(apiDocument(api.context).paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) =>
      z
        .array(Parameter)
        .parse(operation.parameters ?? [])
        .some((parameter) => parameter.in === 'query')
        ? [{ method: method.toUpperCase(), path: path.replaceAll(/\{\w+\}/g, '0') }]
        : [],
    ),
  )
  expect(asked.length).toBeGreaterThan(5)
  for (const { method, path } of asked) {
    const { status, content } = await send(`${path}?limt=5`, { method })
    expect([path, status]).toEqual([path, 400])
    expect(JSON.parse(content)).toMatchObject({ detail: expect.stringContaining('unknown key "limt"') })
  }
  const { content } = await send('/api/v1/tunings?limt=5')
  expect(JSON.parse(content)).toMatchObject({ detail: expect.stringContaining('did you mean "limit"?') })
})

test('who never ends a head or a body is cut off', async () => {
  const impatient = await startApi('127.0.0.1', { headMs: 200, requestMs: 400 })
  expect(await answerTo('GET /api/v1/tunings HTTP/1.1\r\nHost: x\r\nX-Slow: ', impatient)).toMatch(
    /^HTTP\/1.1 408 /,
  )
  const head = 'Host: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000'
  expect(await answerTo(`POST /api/v1/tunings HTTP/1.1\r\n${head}\r\n\r\n{"name"`, impatient)).toMatch(
    /^HTTP\/1.1 408 /,
  )
})

test.for(['application/json', 'application/yaml'])('a large body of %s is refused', async (type) => {
  const body = Buffer.from(`"${'a'.repeat(2 ** 21)}"`)
  const { status, content } = await send('/api/v1/tunings', {
    method: 'POST',
    headers: { 'content-type': type },
    body,
  })
  expect([status, JSON.parse(content)]).toEqual([
    413,
    expect.objectContaining({ title: 'Body too large', detail: 'the body is larger than 1mb' }),
  ])
})

test('a body that grows to half a gigabyte is refused as soon as it is too large', async () => {
  const zeros = Buffer.alloc(2 ** 20)
  const bomb = await buffer(Readable.from(Array.from({ length: 512 }, () => zeros)).pipe(createGzip()))
  expect(bomb.length).toBeLessThan(2 ** 20)
  const before = process.resourceUsage().maxRSS
  const { status } = await send('/api/v1/tunings', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    body: bomb,
  })
  expect(status).toBe(413)
  expect((process.resourceUsage().maxRSS - before) / 1024).toBeLessThan(64)
})

test('a YAML body whose aliases multiply is refused', async () => {
  const levels = Array.from({ length: 12 }, (_, level) =>
    level === 0 ? 'a0: &a0 [x, x]' : `a${level}: &a${level} [${`*a${level - 1},`.repeat(10)}]`,
  )
  const { status } = await send('/api/v1/tunings', {
    method: 'POST',
    headers: { 'content-type': 'application/yaml' },
    body: Buffer.from(levels.join('\n')),
  })
  expect(status).toBe(400)
})

test('a YAML body of so many keys is read like another, and a key that is there twice is named', async () => {
  const keys = Array.from({ length: 60_000 }, (_, key) => `k${key}: 1`)
  const post = (body: string) =>
    send('/api/v1/tunings', {
      method: 'POST',
      headers: { 'content-type': 'application/yaml' },
      body: Buffer.from(body),
    })
  expect((await post(keys.join('\n'))).status).toBe(422)
  const { status, content } = await post('name: a\nseed: 1\nname: b')
  expect([status, content]).toEqual([400, expect.stringContaining('the key name is there twice, on line 3')])
})

test('a body of an unknown type is refused, however it is sent', async () => {
  const body = (async function* () {
    await Promise.resolve()
    yield Buffer.from('{"hard":true}')
  })()
  const response = await fetch(`${api.url}/api/v1/tunings/0/pause`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: Readable.toWeb(Readable.from(body)) as ReadableStream,
    duplex: 'half',
  })
  expect(response.status).toBe(415)
})

test('no path leads out of the folders that are served', async () => {
  const outs = ['../../../package.json', '..%2f..%2f..%2fpackage.json', '..%5c..%5c..%5cpackage.json']
  const places = ['/', '/assets/', '/docs/assets/', '/redoc/assets/', '/api/v1/tunings/', '/api/v1/users/']
  for (const path of [
    ...places.flatMap((place) => outs.map((out) => place + out)),
    '/docs/assets/%2e%2e/%2e%2e/package.json',
    '/assets/%00package.json',
    '/api/v1/tunings/..%2f..%2fpackage.json/report.html',
    '/api/v1/tunings/..%2f..%2fpackage.json/experiments/0/requests',
    '//etc/passwd',
    '/%',
  ]) {
    const { status, content } = await send(path)
    expect([path, content]).toEqual([path, expect.not.stringMatching(/"version"|root:/)])
    // A path that is none of ours is the UI's to say so, where it is built.
    if (!/^<!doctype html>/i.test(content)) expect([400, 403, 404, 405]).toContain(status)
  }
})

test('SQL in a filter is only text', async () => {
  const said = `'; drop table tunings; -- %_\\`
  for (const name of ['search', 'engine', 'model']) {
    const response = await api.send('GET', `/tunings?${name}=${encodeURIComponent(said)}`)
    expect(await response.json()).toEqual({ tunings: [], next: null })
  }
})

test('a text that PostgreSQL cannot keep is refused with its place, before anything is done', async () => {
  const nul = 'a text holds the character NUL'
  const half = 'a text holds half of a surrogate pair'
  const post = async (path: string, type: string, body: string) => {
    const headers = { 'content-type': type }
    const { status, content } = await send(`/api/v1${path}`, {
      method: 'POST',
      headers,
      body: Buffer.from(body),
    })
    return { status, ...z.object({ errors: z.unknown() }).parse(JSON.parse(content)) }
  }
  for (const [path, type, body, errors] of [
    ['/tunings/0/pause', 'json', '{"reason":"\\u0000"}', [{ pointer: '/reason', message: nul }]],
    ['/tunings/0/pause', 'json', '{"by":"\\ud800"}', [{ pointer: '/by', message: half }]],
    [
      '/tunings/0/add',
      'json',
      '{"configuration":{"a":["\\udc00"]}}',
      [{ pointer: '/configuration/a/0', message: half }],
    ],
    ['/tunings', 'yaml', 'name: x\nengine: { model: "a\\0b" }', [{ pointer: '/engine/model', message: nul }]],
    ['/tunings', 'yaml', 'name: &own\n  - *own\n  - "\\0"', [{ pointer: '/name/1', message: nul }]],
    ['/projects', 'json', '{"name":"made","a\\u0000/b":1}', [{ pointer: '/a\0~1b', message: nul }]],
    ['/session', 'json', '"\\u0000"', [{ pointer: '', message: nul }]],
  ] as const)
    expect([body, await post(path, `application/${type}`, body)]).toEqual([body, { status: 422, errors }])
  expect(await api.db.selectFrom('projects').select('name').execute()).toEqual([{ name: 'default' }])
  const deep = `${'['.repeat(400_000)}"\\u0000"${']'.repeat(400_000)}`
  expect((await post('/projects', 'application/json', deep)).status).toBe(422)
  expect((await api.send('POST', '/session', { body: { name: '😀', password: 'x' } })).status).toBe(401)

  const query = await api.send('GET', '/tunings?search=a%00')
  expect([query.status, await query.json()]).toMatchObject([
    400,
    { errors: [{ pointer: '/search', message: nul }] },
  ])
  expect((await api.send('GET', '/tunings/%00')).status).toBe(404)
})

test('an address with a user name or a password is refused with its place, and not repeated', async () => {
  const tuning = (url: string) => ({
    name: 'endpoint',
    engine: { kind: 'openai', model: 'm' },
    runtime: { kind: 'endpoint', url },
    workload: { prompts: { synthetic: { inputTokens: 8, outputTokens: 8 } }, load: { concurrency: 1 } },
    objective: { maximize: 'output_tokens_per_second' },
    space: { concurrency: { type: 'integer', low: 1, high: 4 } },
  })
  const webhook = (url: string) => ({ url, events: ['tuning.failed'] })
  for (const [path, body, pointer] of [
    ['/tunings', tuning, '/runtime/url'],
    ['/tunings/check', tuning, '/runtime/url'],
    ['/webhooks', webhook, '/url'],
  ] as const)
    for (const login of ['me:s3cr3t@', 's3cr3t@', ':s3cr3t@']) {
      const response = await api.send('POST', path, { body: body(`http://${login}127.0.0.1:9`) })
      const content = await response.text()
      expect([path, response.status, content]).toEqual([path, 422, expect.not.stringContaining('s3cr3t')])
      expect(JSON.parse(content)).toMatchObject({
        errors: expect.arrayContaining([
          { pointer, message: expect.stringContaining('put no user name or password in the address') },
        ]),
      })
    }
})

test('a cursor of another order of the list, or with a key that is no time, is refused', async () => {
  await newTuning(api.db, { name: 'one' })
  await newTuning(api.db, { name: 'two' })
  const cursorOf = (said: object) => Buffer.from(JSON.stringify(said)).toString('base64url')
  const page = async (sort: string, cursor: string) =>
    json<{ detail?: string; tunings?: unknown[] }>(
      api.send('GET', `/tunings?limit=1&sort=${sort}&cursor=${cursor}`),
    )
  const { next } = await json<{ next: string }>(api.send('GET', '/tunings?limit=1&sort=name_asc'))
  expect((await page('name_asc', next)).tunings).toMatchObject([{ name: 'two' }])
  for (const [sort, cursor] of [
    ['created_desc', 'abc'],
    ['created_desc', next],
    ['name_desc', next],
    ['created_desc', cursorOf({ key: 'zzz', id: 'y' })],
    ...['zzz', 'infinity', '2026-02-30T00:00:00.000000', '0000-01-01T00:00:00.000000'].map((key) => [
      'created_desc',
      cursorOf({ sort: 'created_desc', key, id: 'y' }),
    ]),
  ] as const)
    expect([cursor, await page(sort, cursor)]).toEqual([
      cursor,
      expect.objectContaining({ status: 400, detail: expect.stringContaining('not a cursor of this list') }),
    ])
})

test('an asset that is not there is told by its address, not by where it would be', async () => {
  const { status, content } = await send('/assets/zzz.js?v=1')
  expect([status, JSON.parse(content)]).toEqual([
    404,
    expect.objectContaining({ detail: 'there is no /assets/zzz.js' }),
  ])
})
