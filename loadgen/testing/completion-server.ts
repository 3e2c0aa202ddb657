import { asked, DONE, ROLE, STOP, token, usage } from './chunks.ts'
import { scriptedServer, type Reply, type ScriptedServer } from './scripted-server.ts'

export interface CompletionModel {
  /** Tokens that a prompt of so many words has. */
  promptTokens?: (words: number) => number
  /** Leaves out usage. */
  silent?: boolean
  /** Answers the request with this count itself; false, or a promise of it, leaves it to the server. */
  instead?: (reply: Reply, request: number) => unknown
}

/** Starts a server that streams as many tokens as each request asks for, one to a chunk. */
export function completionServer(model: CompletionModel = {}): Promise<ScriptedServer> {
  const { promptTokens = (words) => words, silent = false, instead } = model
  let requests = 0
  return scriptedServer(async (reply, { path, body }) => {
    if (!path.endsWith('/completions')) return reply.send(httpAnswer('404 Not Found', ''))
    if (instead !== undefined && (await instead(reply, requests++)) !== false) return
    const { words, maxTokens } = asked(body)
    await reply.begin()
    await reply.chunk(ROLE)
    for (let sent = 0; sent < maxTokens; sent += 1) await reply.chunk(token())
    await reply.chunk(STOP + (silent ? '' : usage(promptTokens(words), maxTokens)) + DONE)
    await reply.finish()
  })
}

/** Returns an HTTP answer with this status and body, as it goes over the wire. */
export function httpAnswer(status: string, body: string): string {
  return `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}
