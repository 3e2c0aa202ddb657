import { expect, test } from 'vitest'
import { planRequest } from './prompts.ts'
import { Workload } from '../domain/workload.ts'
import { asked } from './testing/chunks.ts'
import { httpAnswer } from './testing/completion-server.ts'
import { scriptedServer } from './testing/scripted-server.ts'
import { calibrateByTokenizer } from './tokenizer-endpoint.ts'

/** Counts words, those that begin with "ca" as two tokens; a template is eight more, the start of a text one. */
const tokens = (text: string) =>
  text.split(' ').reduce((sum, word) => sum + (word.startsWith('ca') ? 2 : 1), 0)

function tokenizer(kind: 'vllm' | 'llama.cpp') {
  return scriptedServer((reply, { path, body }) => {
    const json = JSON.parse(body) as {
      content?: string
      prompt?: string
      messages?: { content: string }[]
      add_special?: boolean
    }
    const say = (answer: object) => reply.send(httpAnswer('200 OK', JSON.stringify(answer)))
    const text = json.messages?.[0]?.content ?? json.content ?? json.prompt ?? ''
    if (path === '/apply-template' && kind === 'llama.cpp')
      return say({ prompt: `${'<x> '.repeat(8)}${text}` })
    if (path !== '/tokenize') return reply.send(httpAnswer('404 Not Found', ''))
    const count = tokens(text) + (json.add_special ? 1 : 0)
    if (kind === 'vllm') return say({ count: json.messages ? count + 9 : count })
    return say({ tokens: Array.from({ length: count }, () => 1) })
  })
}

test.each(['vllm', 'llama.cpp'] as const)(
  'prompts have exactly the wanted tokens by the tokenizer of %s',
  async (kind) => {
    await using server = await tokenizer(kind)
    const target = { baseUrl: `${server.baseUrl}/v1`, model: 'm' }
    const calibration = await calibrateByTokenizer(target, 'chat')
    if (calibration === null) throw new Error('not calibrated')
    expect(calibration.words?.some((word) => word.startsWith('ca'))).toBe(false)
    expect(calibration.words?.length).toBeGreaterThan(200)
    const workload = Workload.parse({
      prompts: { synthetic: { inputTokens: { min: 20, max: 300 }, outputTokens: 4 } },
      load: { concurrency: 1 },
    })
    for (let index = 0; index < 50; index += 1) {
      const request = planRequest({ model: 'm', workload, calibration, stage: 'run', runSeed: 1 }, index)
      expect(tokens(asked(request.body).text) + 9).toBe(request.inputTokens)
    }
  },
)

test('a server that counts no tokens calibrates nothing', async () => {
  await using server = await scriptedServer((reply) => reply.send(httpAnswer('404 Not Found', '')))
  expect(await calibrateByTokenizer({ baseUrl: server.baseUrl, model: 'm' }, 'chat')).toBeNull()
})

test('a server that counts without end calibrates nothing, and is not listened to', async () => {
  let sentMib = 0
  await using server = await scriptedServer(async (reply) => {
    let open = true
    void reply.closed.then(() => (open = false))
    await reply.begin()
    for (; open; sentMib += 1) await reply.chunk('1,'.repeat(2 ** 19))
  })
  expect(await calibrateByTokenizer({ baseUrl: server.baseUrl, model: 'm' }, 'chat')).toBeNull()
  expect(sentMib).toBeLessThan(64)
})
