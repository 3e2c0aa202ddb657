import { chmod, writeFile } from 'node:fs/promises'

/** How a stand-in for llama-server behaves once it is asked for a completion. */
export type FakeBehaviour =
  'works' | 'illegal-instruction' | 'no-tokens' | 'exits-at-once' | 'hangs' | 'port-taken-once'

/**
 * Writes an executable that answers as llama-server does: a real process with a real HTTP server. It writes its process
 * number, a space and its port to `<path>.pid` for each start, and needs the model it is given to exist.
 */
export async function writeFakeLlamaServer(path: string, behaviour: FakeBehaviour): Promise<void> {
  const program = `#!${process.execPath}
const { createServer } = process.getBuiltinModule('node:http')
const { appendFileSync, existsSync } = process.getBuiltinModule('node:fs')
if (process.argv.includes('--version')) {
  console.error('version: 0.6.0-dev (build 11434, commit unknown)')
  process.exit(0)
}
const behaviour = ${JSON.stringify(behaviour)}
const first = !existsSync(${JSON.stringify(`${path}.pid`)})
const flag = (name) => process.argv[process.argv.indexOf(name) + 1]
appendFileSync(${JSON.stringify(`${path}.pid`)}, process.pid + ' ' + flag('--port') + '\\n')
if (process.env.LLAMA_ARG_MODEL || !existsSync(flag('--model')) || behaviour === 'exits-at-once') {
  console.error('error: failed to load the model')
  process.exit(1)
}
if (behaviour === 'port-taken-once' && first) {
  console.error("couldn't bind HTTP server socket")
  process.exit(1)
}
createServer((request, response) => {
  if (request.url === '/health') return response.end('{"status":"ok"}')
  if (request.url !== '/v1/chat/completions') return response.writeHead(404).end()
  if (behaviour === 'illegal-instruction') return process.kill(process.pid, 'SIGILL')
  if (behaviour === 'hangs') return
  response.end(JSON.stringify({ usage: { completion_tokens: behaviour === 'no-tokens' ? 0 : 8 } }))
}).listen(Number(flag('--port')), flag('--host'))
`
  await writeFile(path, program)
  await chmod(path, 0o755)
}
