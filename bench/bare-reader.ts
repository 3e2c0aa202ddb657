import * as net from 'node:net'
import { parseArgs } from 'node:util'
import { writeFileSync } from 'node:fs'

// As little as a client in Node can do and still say when each token came: a socket per stream, the time taken first
// thing, packets kept, JSON parsed once a request has ended. No framing, no timeouts, no errors.

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    streams: { type: 'string' },
    requests: { type: 'string' },
    tokens: { type: 'string' },
    out: { type: 'string' },
  },
})
const [port, streams, requests] = [Number(values.port), Number(values.streams), Number(values.requests)]
const body = JSON.stringify({
  model: 'truth',
  messages: [{ role: 'user', content: 'a' }],
  max_tokens: Number(values.tokens),
  stream: true,
})
const request = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`
const results: { ttft: number; number: number; tokens: number }[] = []
let left = requests

async function one(socket: net.Socket): Promise<void> {
  const pieces: Buffer[] = []
  const times: number[] = []
  const ended = Promise.withResolvers<void>()
  const onData = (piece: Buffer) => {
    times.push(performance.now())
    pieces.push(piece)
    if (piece.length >= 5 && piece.indexOf('0\r\n\r\n', piece.length - 5) !== -1) ended.resolve()
  }
  socket.on('data', onData)
  const sentMs = performance.now()
  socket.write(request)
  await ended.promise
  socket.off('data', onData)
  let ttft = NaN
  let number = 0
  let tokens = 0
  for (const [index, piece] of pieces.entries()) {
    for (const line of piece.toString().split('\n')) {
      if (!line.startsWith('data: {')) continue
      const chunk = JSON.parse(line.slice(6)) as {
        choices: { delta: { content?: string } }[]
        usage?: { prompt_tokens: number }
      }
      if ((chunk.choices[0]?.delta.content ?? '') !== '') {
        tokens += 1
        if (Number.isNaN(ttft)) ttft = (times[index] ?? NaN) - sentMs
      }
      number = chunk.usage?.prompt_tokens ?? number
    }
  }
  results.push({ ttft, number, tokens })
}

await Promise.all(
  Array.from({ length: streams }, async () => {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
    await new Promise((resolve) => socket.once('connect', resolve))
    while (left > 0) {
      left -= 1
      await one(socket)
    }
    socket.destroy()
  }),
)
writeFileSync(values.out ?? '/dev/stdout', JSON.stringify({ results }))
