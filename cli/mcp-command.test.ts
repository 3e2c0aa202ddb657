import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** Takes requests and never answers. */
let api: Server
let url: string
beforeAll(async () => {
  api = createServer().listen(0, '127.0.0.1')
  await once(api, 'listening')
  const address = api.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})
afterAll(() => {
  api.closeAllConnections()
  api.close()
})

type Assistant = ChildProcessByStdio<Writable, Readable, null>

const say = (mcp: Assistant, message: object) =>
  mcp.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)

/** Starts `redline mcp`, has it ask the API for something, and returns it with the end of that request. */
async function askInVain(name: string, given: object) {
  const mcp = spawn(process.execPath, [join(import.meta.dirname, 'redline.mjs'), 'mcp'], {
    env: { ...process.env, REDLINE_URL: url },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const asked = new Promise<{ ended: Promise<unknown> }>((resolve) =>
    api.once('request', (_request, response) => resolve({ ended: once(response, 'close') })),
  )
  say(mcp, { id: 1, method: 'tools/call', params: { name, arguments: given } })
  return { mcp, ...(await asked) }
}

test.each([
  ['the end of its input', 'read_report', { id: 'x' }, (mcp: Assistant) => mcp.stdin.end()],
  ['SIGTERM', 'list_hosts', {}, (mcp: Assistant) => mcp.kill('SIGTERM')],
])('%s ends the server at once, whatever the API does', async (_what, name, given, end) => {
  const { mcp, ended } = await askInVain(name, given)
  const exit = once(mcp, 'exit')
  end(mcp)
  expect(await exit).toEqual([0, null])
  await ended
})

test('a call that is cancelled asks the API no longer, and the server goes on', async () => {
  const { mcp, ended } = await askInVain('list_hosts', {})
  say(mcp, { method: 'notifications/cancelled', params: { requestId: 1 } })
  await ended
  say(mcp, { id: 2, method: 'ping' })
  const [answer] = await once(mcp.stdout.setEncoding('utf8'), 'data')
  expect(JSON.parse(String(answer))).toMatchObject({ id: 2, result: {} })
  mcp.stdin.end()
  await once(mcp, 'exit')
})
