import type { Socket } from 'node:net'

/** A request as a test server got it. */
export interface TestRequest {
  path: string
  headers: Record<string, string>
  body: string
  /** The request as it came, head and body. */
  raw: string
}

/** Reads the requests of a connection, one after the other, and calls back with each. */
export function onRequests(socket: Socket, take: (request: TestRequest) => void): void {
  let buffered = Buffer.alloc(0)
  socket.on('data', (bytes: Buffer) => {
    buffered = Buffer.concat([buffered, bytes])
    for (;;) {
      const headEnd = buffered.indexOf('\r\n\r\n')
      if (headEnd === -1) return
      const [requestLine = '', ...lines] = buffered.toString('latin1', 0, headEnd).split('\r\n')
      const headers: Record<string, string> = {}
      for (const line of lines) {
        const [name = '', value = ''] = line.split(/: (.*)/, 2)
        headers[name.toLowerCase()] = value
      }
      const end = headEnd + 4 + Number(headers['content-length'] ?? 0)
      if (buffered.length < end) return
      const body = buffered.toString('utf8', headEnd + 4, end)
      const raw = buffered.toString('utf8', 0, end)
      buffered = buffered.subarray(end)
      take({ path: requestLine.split(' ')[1] ?? '', headers, body, raw })
    }
  })
}
