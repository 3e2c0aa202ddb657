import { once } from 'node:events'
import * as net from 'node:net'
import { parseArgs } from 'node:util'
import { writeFileSync } from 'node:fs'
import { onRequests } from '../loadgen/testing/requests.ts'
import { z } from 'zod'

// A server that knows what it did: it streams tokens on an absolute schedule, counted from the arrival of each request,
// and writes down when each left. The number of a request is its usage's prompt_tokens and the text of its first token,
// so that a client's records can be set beside it. On SIGTERM it writes what it knows to the file and ends.

const { values } = parseArgs({
  options: {
    ttft: { type: 'string', default: '50' },
    gap: { type: 'string', default: '10' },
    out: { type: 'string' },
    faults: { type: 'boolean', default: false },
  },
})
const [ttftMs, gapMs] = [Number(values.ttft), Number(values.gap)]
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n'
const EXERCISE = { clients: 32, each: 6 }
const wall = () => performance.timeOrigin + performance.now()

/** What was done for one request, in milliseconds of the wall clock. */
interface Served {
  arrivedMs: number
  tokensMs: number[]
}
const served: Served[] = []
const faults: string[] = []

const frame = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
const event = (json: unknown) => frame(`data: ${JSON.stringify(json)}\n\n`)
const choice = (delta: object, finish: string | null) =>
  event({
    id: 'chatcmpl-truth',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'truth',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  })
const token = (text: string) => choice({ content: ` ${text}` }, null)
const TOKEN = token('word')
const LAST = choice({}, 'length')
const ROLE = choice({ role: 'assistant', content: '' }, null)

/** Ways to go wrong, in turn, and the outcome each must be given. */
const FAULTS: [string, (socket: net.Socket) => void][] = [
  ['ok', () => undefined],
  ['http_429', (socket) => answer(socket, '429 Too Many Requests')],
  ['http_4xx', (socket) => answer(socket, '400 Bad Request')],
  ['http_5xx', (socket) => answer(socket, '500 Internal Server Error')],
  [
    'reset',
    (socket) => {
      socket.write(HEAD + TOKEN)
      setTimeout(() => socket.resetAndDestroy(), 20)
    },
  ],
  ['truncated', (socket) => void socket.end(HEAD + TOKEN)],
  ['truncated', (socket) => void socket.write(`${HEAD + TOKEN}0\r\n\r\n`)],
  [
    'stream_error',
    (socket) => void socket.write(`${HEAD + TOKEN + event({ error: { message: 'no' } })}0\r\n\r\n`),
  ],
  [
    'stream_error',
    (socket) => void socket.write(`${HEAD + TOKEN + frame('event: error\ndata: {"x":1}\n\n')}0\r\n\r\n`),
  ],
  ['bad_body', (socket) => void socket.write(`${HEAD + TOKEN + frame('data: {oops\n\n') + LAST}0\r\n\r\n`)],
  ['bad_body', (socket) => answer(socket, '200 OK')],
  ['empty', (socket) => void socket.write(`${HEAD + ROLE + LAST + frame('data: [DONE]\n\n')}0\r\n\r\n`)],
]

const MODELS = JSON.stringify({ object: 'list', data: [{ id: 'truth', object: 'model' }] })
const Asked = z.object({ max_tokens: z.int().optional(), max_completion_tokens: z.int().optional() })

function answer(socket: net.Socket, status: string, body = '{"error":{"message":"no"}}'): void {
  socket.write(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
}

const server = net.createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => undefined)
  onRequests(socket, ({ path, body }) => {
    const arrivedMs = wall()
    if (path.endsWith('/models')) return answer(socket, '200 OK', MODELS)
    if (!path.endsWith('completions')) return answer(socket, '404 Not Found')
    if (values.faults) {
      const [outcome, play] = FAULTS[faults.length % FAULTS.length] ?? ['ok', () => undefined]
      faults.push(outcome)
      if (outcome !== 'ok') return play(socket)
    }
    stream(socket, body, arrivedMs)
  })
})

/** What is due in each half of a millisecond; one timer serves all requests. */
const slots = new Map<number, { atMs: number; send: () => void }[]>()
function at(atMs: number, send: () => void): void {
  const slot = Math.floor(atMs * 2)
  const list = slots.get(slot)
  if (list === undefined) slots.set(slot, [{ atMs, send }])
  else list.push({ atMs, send })
}
let next = Math.floor(wall() * 2)
function tick(): void {
  for (const now = wall(); next * 0.5 <= now; next += 1) {
    const list = slots.get(next)
    if (list === undefined) continue
    slots.delete(next)
    for (const { atMs, send } of list) {
      if (atMs > now) at(atMs + 0.5, send)
      else send()
    }
  }
  setTimeout(tick, 1)
}
tick()

function stream(socket: net.Socket, body: string, arrivedMs: number): void {
  const { max_tokens, max_completion_tokens } = Asked.parse(JSON.parse(body))
  const maxTokens = max_tokens ?? max_completion_tokens ?? 1
  const mine: Served = { arrivedMs, tokensMs: [] }
  served.push(mine)
  const number = served.length
  const sendToken = () => {
    if (socket.destroyed) return
    mine.tokensMs.push(wall())
    const sent = mine.tokensMs.length
    const last = sent === maxTokens
    const usage = { prompt_tokens: number, completion_tokens: sent, total_tokens: number + sent }
    socket.write(
      (sent === 1 ? HEAD + ROLE + token(String(number)) : TOKEN) +
        (last ? `${LAST + event({ choices: [], usage })}${frame('data: [DONE]\n\n')}0\r\n\r\n` : ''),
    )
    if (!last) at(arrivedMs + ttftMs + sent * gapMs, sendToken)
  }
  if (ttftMs === 0) for (let sent = 0; sent < maxTokens; sent += 1) sendToken()
  else at(arrivedMs + ttftMs, sendToken)
}

/** Serves itself, so that what runs often is compiled before the first request whose times count. */
async function exercise(port: number): Promise<void> {
  const body = JSON.stringify({ model: 'truth', messages: [], max_tokens: 16, stream: true })
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: truth\r\ncontent-length: ${body.length}\r\n\r\n`
  const client = async () => {
    const socket = net.connect({ port, host: '127.0.0.1' })
    for (let sent = 0; sent < EXERCISE.each; sent += 1) {
      socket.write(head + body)
      for (let answered = ''; !answered.endsWith('0\r\n\r\n');)
        answered = (answered + String((await once(socket, 'data'))[0])).slice(-8)
    }
    socket.destroy()
  }
  await Promise.all(Array.from({ length: EXERCISE.clients }, client))
  served.length = 0
}

server.listen(0, '127.0.0.1', 4096, () => {
  const address = server.address()
  if (typeof address !== 'object' || address === null) return
  const announce = () => process.stdout.write(`${address.port}\n`)
  if (values.faults) announce()
  else void exercise(address.port).then(announce)
})
process.on('SIGTERM', () => {
  if (values.out !== undefined) writeFileSync(values.out, JSON.stringify({ served, faults }))
  process.exit(0)
})
