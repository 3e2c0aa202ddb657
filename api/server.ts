import { createServer, STATUS_CODES, type RequestListener, type Server } from 'node:http'
import type { Problem } from '../domain/problem.ts'

/** How long a client may take to send the head of a request, and all of it. */
export interface Patience {
  headMs: number
  requestMs: number
}

const PATIENCE: Patience = { headMs: 15_000, requestMs: 60_000 }

/** What Node's parser refuses before there is a request, in our words. */
const UNREADABLE: Record<string, [status: number, detail: string]> = {
  HPE_HEADER_OVERFLOW: [431, 'the headers are larger than 16 KiB'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request took too long to come'],
}

/** Makes the HTTP server of an application; who sends too slowly is answered 408 and disconnected. */
export function createApiServer(app: RequestListener, { headMs, requestMs } = PATIENCE): Server {
  const times = { headersTimeout: headMs, requestTimeout: requestMs, connectionsCheckingInterval: headMs / 4 }
  const server = createServer(times, app)
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable) return socket.destroy()
    const [status, detail] = UNREADABLE[error.code ?? ''] ?? [400, 'this is no HTTP request']
    const title = STATUS_CODES[status] ?? ''
    const problem: Problem = { type: 'about:blank', title, status, detail }
    const body = JSON.stringify(problem)
    const head = [
      `HTTP/1.1 ${status} ${title}`,
      'Content-Type: application/problem+json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
    ]
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  })
  return server
}
