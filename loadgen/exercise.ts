import * as net from 'node:net'
import { Collector } from './collector.ts'
import { Session } from './session.ts'

const STREAMS = 8
const REQUESTS_EACH = 6
const TOKENS = 16

/**
 * Sends requests to a server within this thread, so that everything which handles real ones has run, and what runs
 * often is compiled, when the first of them go out: about a tenth of a second, which their times would show otherwise.
 */
export async function exerciseClient(): Promise<void> {
  const server = net.createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined)
    socket.on('data', () => answer(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) return
  const collector = new Collector({})
  const session = new Session({
    target: { baseUrl: `http://127.0.0.1:${address.port}`, model: 'm' },
    endpoint: 'chat',
    timeouts: { connectMs: 1000, firstTokenMs: Infinity, idleMs: Infinity, totalMs: 2000 },
    signal: undefined,
    onSample: (sample) => void collector.add(sample),
    events: true,
  })
  const request = { inputTokens: 1, outputTokens: TOKENS, body: '{"stream":true}' }
  try {
    await session.connect(STREAMS, 0)
    await Promise.all(
      Array.from({ length: STREAMS }, async () => {
        for (let sent = 0; sent < REQUESTS_EACH; sent += 1)
          await session.send(request, 'measured', session.now())
      }),
    )
  } finally {
    session.close()
    server.close()
  }
}

const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
const event = (json: unknown) => chunk(`data: ${JSON.stringify(json)}\n\n`)
const choice = (delta: object, finish_reason: string | null) =>
  event({
    id: 'x',
    object: 'chat.completion.chunk',
    model: 'm',
    choices: [{ index: 0, delta, finish_reason }],
  })
const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'
const PACKETS = [
  HEAD + choice({ role: 'assistant', content: '' }, null),
  ...Array.from({ length: TOKENS }, (_, index) => choice({ content: ` word${index}` }, null)),
  choice({}, 'length') + event({ choices: [], usage: { prompt_tokens: 1, completion_tokens: TOKENS } }),
  `${chunk('data: [DONE]\n\n')}0\r\n\r\n`,
]

/** Sends the packets one by one, so that they are read one by one. */
function answer(socket: net.Socket): void {
  let next = 0
  const send = () => {
    const packet = PACKETS[next]
    if (packet === undefined || socket.destroyed) return
    next += 1
    socket.write(packet)
    setImmediate(send)
  }
  send()
}
