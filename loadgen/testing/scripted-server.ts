import * as net from 'node:net'
import { onRequests, type TestRequest } from './requests.ts'

/** What a script says to one request: bytes as they are, or the ends of a connection. */
export interface Reply {
  /** Sends bytes and resolves when a client in this process has had its chance to read them alone. */
  send(bytes: string | Uint8Array): Promise<void>
  /** Sends headers that announce a chunked event stream. */
  begin(): Promise<void>
  /** Sends one chunk. */
  chunk(text: string): Promise<void>
  /** Ends a chunked body. */
  finish(): Promise<void>
  /** Closes the connection with FIN. */
  close(): void
  /** Closes the connection with RST. */
  reset(): void
  /** Resolves when the client has closed the connection. */
  closed: Promise<void>
}

export interface Turn {
  /** Counts from 0: the connection, and the request on it. */
  connection: number
  turn: number
}

export type Script = (reply: Reply, request: TestRequest, at: Turn) => unknown

export interface ScriptedServer extends AsyncDisposable {
  baseUrl: string
  requests: TestRequest[]
  connections: number
}

/** Starts a server on a free port of this machine that answers each request as the script says, byte for byte. */
export async function scriptedServer(script: Script): Promise<ScriptedServer> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    const connection = started.connections
    let turn = 0
    started.connections += 1
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    void closed.then(() => sockets.delete(socket))
    onRequests(socket, (request) => {
      started.requests.push(request)
      script(replyOn(socket, closed), request, { connection, turn })
      turn += 1
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const started: ScriptedServer = {
    baseUrl: `http://127.0.0.1:${port}`,
    requests: [],
    connections: 0,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
  return started
}

/** Returns the address of a port of this machine on which nothing listens. */
export async function deadBaseUrl(): Promise<string> {
  await using server = await scriptedServer(() => undefined)
  return server.baseUrl
}

const STREAM_HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n'

function replyOn(socket: net.Socket, closed: Promise<void>): Reply {
  const send = async (bytes: string | Uint8Array) => {
    await new Promise<void>((resolve) => socket.write(bytes, () => resolve()))
    for (let turns = 0; turns < 3; turns += 1) await new Promise((resolve) => setImmediate(resolve))
  }
  return {
    send,
    begin: () => send(STREAM_HEAD),
    chunk: (text) => send(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`),
    finish: () => send('0\r\n\r\n'),
    close: () => socket.end(),
    reset: () => socket.resetAndDestroy(),
    closed,
  }
}
