import * as net from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'
import { asked, DONE, ROLE, STOP, token, usage } from './chunks.ts'
import type { PacedServerMessage, ServedRequest } from './paced-server.ts'
import { onRequests } from './requests.ts'

const { firstTokenMs, gapMs } = z.object({ firstTokenMs: z.number(), gapMs: z.number() }).parse(workerData)
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n'
const TOKEN = chunk(token())

const served: ServedRequest[] = []
const post = (message: PacedServerMessage) => parentPort?.postMessage(message)

const server = net.createServer((socket) => {
  socket.setNoDelay(true)
  socket.on('error', () => undefined)
  onRequests(socket, ({ body }) => answer(socket, body, performance.now()))
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) post({ type: 'listening', port: address.port })
})
parentPort?.on('message', () => post({ type: 'served', served }))

function answer(socket: net.Socket, body: string, arrivedMs: number): void {
  const { maxTokens, text, words } = asked(body)
  const tokensAfterMs: number[] = []
  const sendToken = () => {
    const sent = tokensAfterMs.length
    if (socket.destroyed) return
    tokensAfterMs.push(performance.now() - arrivedMs)
    socket.write(sent === 0 ? HEAD + chunk(ROLE) + TOKEN : TOKEN)
    if (sent + 1 === maxTokens) {
      socket.write(`${chunk(STOP + usage(words, maxTokens) + DONE)}0\r\n\r\n`)
      served.push({ prompt: text, tokensAfterMs })
      return
    }
    const dueMs = arrivedMs + firstTokenMs + (sent + 1) * gapMs
    later(dueMs - performance.now())
  }
  const later = (ms: number) => {
    if (ms <= 0) setImmediate(sendToken)
    else setTimeout(sendToken, ms)
  }
  later(firstTokenMs)
}

function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
}
