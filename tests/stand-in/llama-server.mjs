#!/usr/bin/env node
// Stands in for llama-server in tests of load, faults and orchestration: it is ready at once, takes the same arguments
// and speaks the same HTTP, and what it serves means nothing. More slots serve more at a time; --batch-size 32 runs
// out of memory at the start, and --poll 99 never gets ready. While the file that STAND_IN_SLOW names exists, what
// is started is three times slower.
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'

const args = process.argv.slice(2)
const given = (flag, otherwise) => {
  const index = args.indexOf(flag)
  return index < 0 ? otherwise : (args[index + 1] ?? otherwise)
}

if (args.includes('--version')) {
  console.log('version: 11434 (stand-in)')
  process.exit(0)
}
if (args.includes('--help')) {
  console.log('----- common params -----\n')
  console.log('-np,   --parallel N                     number of server slots (default: -1, -1 = auto)')
  process.exit(0)
}
if (given('--batch-size') === '32') {
  console.error('llama_init_from_model: failed to allocate compute buffers: out of memory')
  process.exit(1)
}

const slots = Number(given('--parallel', '2'))
const slowness = existsSync(process.env.STAND_IN_SLOW ?? '') ? 3 : 1
const tokenMs = slowness * (2 + 256 / Number(given('--ubatch-size', '256')))
let busy = 0
const waiting = []

async function slot(work) {
  if (busy >= slots) await new Promise((resolve) => waiting.push(resolve))
  busy++
  try {
    await work()
  } finally {
    busy--
    waiting.shift()?.()
  }
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

async function complete(request, response) {
  let text = ''
  for await (const piece of request) text += piece
  const body = JSON.parse(text)
  const prompt = body.prompt ?? body.messages.map(({ content }) => content).join(' ')
  const usage = {
    prompt_tokens: prompt.split(/\s+/).length + 4,
    completion_tokens: body.max_tokens ?? 8,
    prompt_tokens_details: { cached_tokens: 0 },
  }
  await slot(async () => {
    if (body.stream !== true) {
      response.setHeader('content-type', 'application/json')
      const message = { role: 'assistant', content: 'word '.repeat(usage.completion_tokens) }
      response.end(
        JSON.stringify({
          object: 'chat.completion',
          choices: [{ index: 0, message, finish_reason: 'length' }],
          usage,
        }),
      )
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const send = (data) =>
      response.write(`data: ${JSON.stringify({ object: 'chat.completion.chunk', ...data })}\n\n`)
    for (let token = 0; token < usage.completion_tokens && !response.destroyed; token++) {
      await sleep(tokenMs)
      send({ choices: [{ index: 0, delta: { content: ' word' }, finish_reason: null }] })
    }
    send({ choices: [{ index: 0, delta: {}, finish_reason: 'length' }] })
    send({ choices: [], usage })
    response.end('data: [DONE]\n\n')
  })
}

const server = createServer((request, response) => {
  if (request.url === '/health') {
    response.statusCode = given('--poll') === '99' ? 503 : 200
    response.end('{"status":"ok"}')
  } else if (request.url?.endsWith('/completions')) {
    complete(request, response).catch((error) => response.destroy(error))
  } else {
    response.statusCode = 404
    response.end('{}')
  }
})
server.listen(Number(given('--port', '8080')), given('--host', '127.0.0.1'), () =>
  console.log('main: server is listening'),
)
process.on('SIGTERM', () => process.exit(0))
