import { describe, expect, test } from 'vitest'
import type { RequestRecord } from '../domain/measurement.ts'
import { Client } from './client.ts'
import type { Timeouts } from './connection.ts'
import { endpointOf } from './endpoint.ts'
import { recordOf } from './record.ts'
import { delta, DONE, event, ROLE, STOP, stream, token, usage } from './testing/chunks.ts'
import { deadBaseUrl, scriptedServer, type Reply, type Script } from './testing/scripted-server.ts'

const PATIENT: Timeouts = { connectMs: 10_000, firstTokenMs: 60_000, idleMs: 60_000, totalMs: 60_000 }
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n'
const sized = (status: string, type: string, body: string) =>
  `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

/** Sends requests one after the other and returns their records. */
async function requests(
  baseUrl: string,
  count: number,
  timeouts: Partial<Timeouts> = {},
): Promise<RequestRecord[]> {
  const client = new Client(endpointOf({ baseUrl, model: 'm' }, 'chat'), { ...PATIENT, ...timeouts })
  const originMs = performance.now()
  const records: RequestRecord[] = []
  for (let index = 0; index < count; index += 1) {
    const sent = await client.send('{}')
    records.push(recordOf(sent, { index, phase: 'measured', scheduledMs: originMs, originMs }))
  }
  client.cancel()
  return records
}

/** Sends one request to a server with this script and returns its record. */
async function request(script: Script, timeouts: Partial<Timeouts> = {}): Promise<RequestRecord> {
  await using server = await scriptedServer(script)
  const [record] = await requests(server.baseUrl, 1, timeouts)
  if (record === undefined) throw new Error('no record')
  return record
}

/** Answers with a chunked stream of these events. */
const streaming =
  (...events: string[]): Script =>
  async (reply) => {
    await reply.begin()
    for (const each of events) await reply.chunk(each)
    await reply.finish()
  }

describe('a proper stream', () => {
  test('is ok, with tokens counted, stamped and in order', async () => {
    const record = await request(streaming(ROLE, token(), token(), token(), STOP, usage(12, 3, 4), DONE))
    expect(record).toMatchObject({
      outcome: 'ok',
      status: 200,
      inputTokens: 12,
      cachedInputTokens: 4,
      outputTokens: 3,
      tokenSource: 'usage',
      finishReason: 'length',
      error: null,
    })
    expect(record).not.toHaveProperty('missingDone')
    const { sentMs, headersMs, firstTokenMs, lastTokenMs, tokenTimesMs, endMs } = record
    expect([firstTokenMs, lastTokenMs]).toEqual([tokenTimesMs[0], tokenTimesMs[2]])
    const times = [sentMs, headersMs, ...tokenTimesMs, endMs]
    expect(times).toEqual([...times].sort((a, b) => Number(a) - Number(b)))
    expect(new Set(tokenTimesMs).size).toBe(3)
  })

  test('of one packet has all its tokens at one time', async () => {
    const record = await request((reply) => reply.send(sized('200 OK', 'text/event-stream', stream(3))))
    expect(record.outcome).toBe('ok')
    expect(new Set(record.tokenTimesMs).size).toBe(1)
  })

  test('in a trickle of single bytes is read alike', async () => {
    const record = await request(async (reply) => {
      const body = `${token('é😀')}${STOP}${DONE}`
      const size = Buffer.byteLength(body).toString(16)
      const bytes = Buffer.from(`${HEAD}Transfer-Encoding: chunked\r\n\r\n${size}\r\n${body}\r\n0\r\n\r\n`)
      for (const byte of bytes) await reply.send(Uint8Array.of(byte))
    })
    expect(record).toMatchObject({ outcome: 'ok', outputTokens: 1 })
  })

  test('may come without a length and end with the connection', async () => {
    const record = await request(async (reply) => {
      await reply.send(`${HEAD}\r\n${ROLE}${token()}`)
      await reply.send(token() + STOP)
      reply.close()
    })
    expect(record).toMatchObject({ outcome: 'ok', outputTokens: 2, missingDone: true })
  })

  test('may have an interim answer before it, chunk extensions and trailers', async () => {
    const record = await request(async (reply) => {
      await reply.send('HTTP/1.1 100 Continue\r\n\r\n')
      const body = stream(2)
      await reply.send(
        `${HEAD}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)};ext="1"\r\n${body}\r\n`,
      )
      await reply.send('0\r\nX-Trailer: 1\r\n\r\n')
    })
    expect(record).toMatchObject({ outcome: 'ok', outputTokens: 2 })
  })

  test('may lack [DONE] after its finish_reason, which is noted', async () => {
    expect(await request(streaming(token(), STOP))).toMatchObject({ outcome: 'ok', missingDone: true })
  })

  test('may lack a finish_reason before its [DONE]', async () => {
    expect(await request(streaming(token(), DONE))).toMatchObject({ outcome: 'ok', finishReason: null })
  })

  test('may say [DONE] twice', async () => {
    expect(await request(streaming(stream(2), DONE))).toMatchObject({ outcome: 'ok', outputTokens: 2 })
  })

  test('is over at [DONE] though the connection stays open, which then carries no other request', async () => {
    await using server = await scriptedServer(async (reply) => {
      await reply.begin()
      await reply.chunk(stream(1))
    })
    const records = await requests(server.baseUrl, 3)
    expect(records.map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'ok'])
    expect(server.connections).toBe(3)
  })

  test('whose message ends just after [DONE] leaves its connection to the next request', async () => {
    await using server = await scriptedServer(streaming(token(), STOP, DONE))
    await requests(server.baseUrl, 5)
    expect(server.connections).toBe(1)
    expect(server.requests).toHaveLength(5)
  })

  test('is over at [DONE] though its message ends only after the next request was sent, on two connections in turn', async () => {
    const ends: (() => void)[] = []
    await using server = await scriptedServer(async (reply) => {
      ends.shift()?.()
      const next = new Promise<void>((resolve) => ends.push(resolve))
      await reply.begin()
      await reply.chunk(stream(1))
      await next
      await reply.finish()
    })
    await requests(server.baseUrl, 12)
    expect(server.connections).toBeLessThan(6)
  })

  test('has no first token before the role chunk and the comments have passed', async () => {
    const record = await request(streaming(': ping\n\n', ROLE, delta({ content: '' }), token(), STOP, DONE))
    expect(record.tokenTimesMs).toHaveLength(1)
    expect(record.firstTokenMs).toBeGreaterThan(record.headersMs ?? Infinity)
  })
})

describe('what is no success', () => {
  test.each([
    ['429 Too Many Requests', 'http_429', 429],
    ['400 Bad Request', 'http_4xx', 400],
    ['404 Not Found', 'http_4xx', 404],
    ['500 Internal Server Error', 'http_5xx', 500],
    ['503 Service Unavailable', 'http_5xx', 503],
  ])('an answer %s is %s', async (status, outcome, code) => {
    const body = JSON.stringify({ error: { message: 'slow down' } })
    const record = await request((reply) => reply.send(sized(status, 'application/json', body)))
    expect(record).toMatchObject({
      outcome,
      status: code,
      error: `HTTP ${code}: slow down`,
      outputTokens: null,
    })
  })

  test('a redirect is no answer to a completion', async () => {
    const record = await request((reply) => reply.send('HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n'))
    expect(record).toMatchObject({ outcome: 'bad_body', error: 'HTTP 302' })
  })

  test('a refused connection is connect', async () => {
    const [record] = await requests(await deadBaseUrl(), 1)
    expect(record).toMatchObject({ outcome: 'connect', status: null, headersMs: null })
    expect(record?.error).toContain('ECONNREFUSED')
  })

  test('a name that does not resolve is connect', async () => {
    const [record] = await requests('http://no-such-host.invalid:1', 1)
    expect(record).toMatchObject({ outcome: 'connect', status: null })
  })

  test('a server that takes the connection but never ends the TLS handshake is timeout_connect', async () => {
    await using server = await scriptedServer(() => undefined)
    const [record] = await requests(server.baseUrl.replace('http:', 'https:'), 1, { connectMs: 50 })
    expect(record).toMatchObject({ outcome: 'timeout_connect', status: null })
  })

  test.each<[string, (reply: Reply) => Promise<unknown>]>([
    ['before the headers', async () => undefined],
    ['after the headers', (reply) => reply.begin()],
    ['within the stream', (reply) => reply.begin().then(() => reply.chunk(ROLE + token()))],
  ])('a reset %s is reset', async (_, first) => {
    const record = await request(async (reply) => {
      await first(reply)
      reply.reset()
    })
    expect(record.outcome).toBe('reset')
  })

  test('a connection closed before the headers is reset', async () => {
    expect(await request((reply) => reply.close())).toMatchObject({ outcome: 'reset', status: null })
    expect(
      await request((reply) => reply.send('HTTP/1.1 200 OK\r\n').then(() => reply.close())),
    ).toMatchObject({
      outcome: 'reset',
    })
  })

  test('a connection closed within a chunked body is truncated, even after finish_reason', async () => {
    const record = await request(async (reply) => {
      await reply.begin()
      await reply.chunk(token() + STOP)
      reply.close()
    })
    expect(record).toMatchObject({ outcome: 'truncated', outputTokens: 1 })
  })

  test('a body shorter than its Content-Length is truncated', async () => {
    const record = await request(async (reply) => {
      await reply.send(`${HEAD}Content-Length: 5000\r\n\r\n${token()}`)
      reply.close()
    })
    expect(record.outcome).toBe('truncated')
  })

  test('a stream that ends cleanly without finish_reason and [DONE] is truncated', async () => {
    expect((await request(streaming(token(), token()))).outcome).toBe('truncated')
    expect((await request(streaming(': ping\n\n'))).outcome).toBe('truncated')
  })

  test('a stream cut in the middle of an event is truncated and not invalid', async () => {
    expect((await request(streaming(token(), 'data: {"choices": [{"del'))).outcome).toBe('truncated')
  })

  test.each([
    ['an error object', [event({ error: { message: 'out of memory', code: 500 } })]],
    ['an error object before [DONE]', [event({ error: { message: 'out of memory' } }), DONE]],
    ['an event named error', ['event: error\ndata: {"message": "out of memory"}\n\n']],
    ['an error after finish_reason', [STOP, event({ object: 'error', message: 'out of memory' }), DONE]],
  ])('%s within the stream is stream_error', async (_, events) => {
    const record = await request(streaming(token(), ...events))
    expect(record.outcome).toBe('stream_error')
    expect(record.error).toContain('out of memory')
  })

  test.each(['abort', 'error'])('finish_reason %s is stream_error', async (reason) => {
    const finish = event({ choices: [{ index: 0, delta: {}, finish_reason: reason }] })
    expect((await request(streaming(token(), finish, DONE))).outcome).toBe('stream_error')
  })

  test('an error in the stream followed by a reset is stream_error', async () => {
    const record = await request(async (reply) => {
      await reply.begin()
      await reply.chunk(token() + event({ error: { message: 'died' } }))
      reply.reset()
    })
    expect(record).toMatchObject({ outcome: 'stream_error', error: 'died' })
  })

  test.each([
    ['a page of HTML', 'text/html', '<html><body>Welcome</body></html>', 'Welcome'],
    [
      'a JSON error with status 200',
      'application/json',
      '{"error":{"message":"no such model"}}',
      'no such model',
    ],
    ['other JSON', 'application/json', '{"status":"ok"}', 'status'],
    ['invalid JSON in a chunk', 'text/event-stream', `${token()}data: {oops\n\n${STOP}${DONE}`, '{oops'],
  ])('%s is bad_body', async (_, type, body, error) => {
    const record = await request((reply) => reply.send(sized('200 OK', type, body)))
    expect(record.outcome).toBe('bad_body')
    expect(record.error).toContain(error)
  })

  test('a compressed body, which was not asked for, is bad_body', async () => {
    const head = `${HEAD}Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n`
    expect(await request((reply) => reply.send(`${head}\x1f\x0b\x08\x00`))).toMatchObject({
      outcome: 'bad_body',
    })
  })

  test('what is no HTTP is bad_body', async () => {
    expect((await request((reply) => reply.send('220 smtp ready\r\n\r\n'))).outcome).toBe('bad_body')
    const record = await request((reply) =>
      reply.send(`${HEAD}Transfer-Encoding: chunked\r\n\r\nnonsense\r\n`),
    )
    expect(record.outcome).toBe('bad_body')
  })

  test('a stream that finishes without a token is empty', async () => {
    expect((await request(streaming(ROLE, STOP, usage(5, 0), DONE))).outcome).toBe('empty')
  })

  test('an empty body is empty', async () => {
    expect((await request((reply) => reply.send(`${HEAD}Content-Length: 0\r\n\r\n`))).outcome).toBe('empty')
  })

  test('a request given up is cancelled', async () => {
    const client = Promise.withResolvers<Client>()
    await using server = await scriptedServer(async (reply) => {
      await reply.begin()
      ;(await client.promise).cancel()
    })
    const cancelling = new Client(endpointOf({ baseUrl: server.baseUrl, model: 'm' }, 'chat'), PATIENT)
    client.resolve(cancelling)
    const first = await cancelling.send('{}')
    const later = await cancelling.send('{}')
    expect([first.ending, later.ending]).toEqual(['cancelled', 'cancelled'])
  })
})

test('an answer that was not streamed is ok and has no first token', async () => {
  const body = JSON.stringify({
    choices: [{ message: { content: 'hello there' }, finish_reason: 'length' }],
    usage: { prompt_tokens: 9, completion_tokens: 2 },
  })
  expect(await request((reply) => reply.send(sized('200 OK', 'application/json', body)))).toMatchObject({
    outcome: 'ok',
    firstTokenMs: null,
    tokenTimesMs: [],
    inputTokens: 9,
    outputTokens: 2,
  })
})

test('an answer that was not streamed and counts no token is empty', async () => {
  const body = JSON.stringify({
    choices: [{ message: { content: '' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 9, completion_tokens: 0 },
  })
  const { outcome } = await request((reply) => reply.send(sized('200 OK', 'application/json', body)))
  expect(outcome).toBe('empty')
})

describe('timeouts', () => {
  test('a server that never answers runs into the total', async () => {
    expect((await request(() => undefined, { totalMs: 40 })).outcome).toBe('timeout_total')
  })

  test('a stall after some tokens runs into the idle time', async () => {
    const stalling: Script = (reply) => reply.begin().then(() => reply.chunk(token() + token()))
    expect(await request(stalling, { idleMs: 40 })).toMatchObject({
      outcome: 'timeout_idle',
      outputTokens: 2,
    })
  })

  test('comments and empty deltas keep a stream alive but are no first token', async () => {
    const pinging: Script = async (reply) => {
      await reply.begin()
      let open = true
      void reply.closed.then(() => (open = false))
      while (open) await reply.chunk(`: ping\n\n${ROLE}`)
    }
    expect((await request(pinging, { firstTokenMs: 60 })).outcome).toBe('timeout_ttft')
  })

  test('a stream that has had its first token is not held to the time for it', async () => {
    const steady: Script = async (reply) => {
      await reply.begin()
      const startMs = performance.now()
      while (performance.now() - startMs < 100) await reply.chunk(token())
      await reply.chunk(STOP + DONE)
    }
    expect((await request(steady, { firstTokenMs: 50 })).outcome).toBe('ok')
  })

  test('late headers are waited for', async () => {
    const late: Script = async (reply) => {
      const startMs = performance.now()
      while (performance.now() - startMs < 60) await new Promise((resolve) => setImmediate(resolve))
      await reply.send(sized('200 OK', 'text/event-stream', stream(1)))
    }
    const record = await request(late)
    expect(record.outcome).toBe('ok')
    expect((record.headersMs ?? 0) - record.sentMs).toBeGreaterThan(50)
  })
})

describe('connections', () => {
  test('are kept for the next request', async () => {
    await using server = await scriptedServer((reply) =>
      reply.send(sized('200 OK', 'text/event-stream', stream(1))),
    )
    await requests(server.baseUrl, 10)
    expect(server.connections).toBe(1)
  })

  test('are not kept when the server says so', async () => {
    const body = `${HEAD}Connection: close\r\nContent-Length: ${stream(1).length}\r\n\r\n${stream(1)}`
    await using server = await scriptedServer((reply) => reply.send(body))
    const records = await requests(server.baseUrl, 3)
    expect(server.connections).toBe(3)
    expect(records.every(({ outcome }) => outcome === 'ok')).toBe(true)
  })

  test('are opened anew for requests at the same time', async () => {
    const all = Promise.withResolvers<void>()
    await using server = await scriptedServer(async (reply) => {
      if (server.requests.length === 20) all.resolve()
      await all.promise
      await reply.send(sized('200 OK', 'text/event-stream', stream(1)))
    })
    const client = new Client(endpointOf({ baseUrl: server.baseUrl, model: 'm' }, 'chat'), PATIENT)
    const sent = await Promise.all(Array.from({ length: 20 }, () => client.send('{}')))
    client.cancel()
    expect(server.connections).toBe(20)
    expect(sent.every(({ ending }) => ending === 'complete')).toBe(true)
  })

  test.each<[string, (reply: Reply) => void]>([
    ['reset', (reply) => reply.reset()],
    ['closed', (reply) => reply.close()],
  ])('found %s by the server while idle are replaced, once, and the record says so', async (_, end) => {
    await using server = await scriptedServer((reply, _request, { turn }) => {
      if (turn > 0) return end(reply)
      return reply.send(sized('200 OK', 'text/event-stream', stream(1)))
    })
    const [first, second] = await requests(server.baseUrl, 2)
    expect(first).not.toHaveProperty('staleConnection')
    expect(second).toMatchObject({ outcome: 'ok', staleConnection: true })
    expect([server.connections, server.requests.length]).toEqual([2, 3])
  })

  test('that fail anew are not tried a third time', async () => {
    await using server = await scriptedServer((reply, _request, { connection, turn }) => {
      if (connection === 0 && turn === 0) return reply.send(sized('200 OK', 'text/event-stream', stream(1)))
      return reply.reset()
    })
    const [, second] = await requests(server.baseUrl, 2)
    expect(second).toMatchObject({ outcome: 'reset', staleConnection: true })
    expect(server.requests).toHaveLength(3)
  })

  test('that the server resets after it began to answer are no stale ones', async () => {
    await using server = await scriptedServer(async (reply, _request, { turn }) => {
      if (turn === 0) return reply.send(sized('200 OK', 'text/event-stream', stream(1)))
      await reply.send('HTTP/1.1 200')
      reply.reset()
    })
    const [, second] = await requests(server.baseUrl, 2)
    expect(second?.outcome).toBe('reset')
    expect(second).not.toHaveProperty('staleConnection')
    expect(server.requests).toHaveLength(2)
  })

  test('on which the server speaks unasked are dropped', async () => {
    const body = sized('200 OK', 'text/event-stream', stream(1))
    await using server = await scriptedServer(async (reply) => {
      await reply.send(body)
      await reply.send('HTTP/1.1 408 Request Timeout\r\n\r\n')
    })
    const client = new Client(endpointOf({ baseUrl: server.baseUrl, model: 'm' }, 'chat'), PATIENT)
    const first = await client.send('{}')
    await expect.poll(() => server.connections === 1 && first.ending === 'complete').toBe(true)
    const second = await client.send('{}')
    client.cancel()
    expect(second.ending).toBe('complete')
  })
})

describe('the request', () => {
  test('carries what every HTTP/1.1 server needs, and the headers of the target', async () => {
    await using server = await scriptedServer((reply) =>
      reply.send(sized('200 OK', 'text/event-stream', stream(1))),
    )
    const target = { baseUrl: `${server.baseUrl}/v1/`, model: 'm', headers: { Authorization: 'Bearer key' } }
    const client = new Client(endpointOf(target, 'chat'), PATIENT)
    await client.send('{"é":1}')
    client.cancel()
    expect(server.requests[0]).toMatchObject({
      path: '/v1/chat/completions',
      body: '{"é":1}',
      headers: {
        host: server.baseUrl.slice('http://'.length),
        accept: 'text/event-stream',
        'accept-encoding': 'identity',
        'content-type': 'application/json',
        'content-length': '8',
        authorization: 'Bearer key',
      },
    })
  })
})
