import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { api, quickRequest, ROOT, STAND_IN_ENGINE, startTestService, type TestService } from './service.ts'

let service: TestService
const assistant = new Client({ name: 'test', version: '1' })
beforeAll(async () => {
  service = await startTestService({ LLAMA_SERVER: STAND_IN_ENGINE, REDLINE_CPU_SHARES: '4' })
  const env = Object.fromEntries(
    Object.entries(service.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
  await assistant.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [join(ROOT, 'cli/redline.mjs'), 'mcp'],
      env,
    }),
  )
})
afterAll(async () => {
  await assistant.close()
  await service.remove()
})

async function call(name: string, given: Record<string, unknown> = {}) {
  const { content, isError } = await assistant.callTool({ name, arguments: given })
  const [{ text = '' } = {}] = content as { text?: string }[]
  return { text, failed: isError === true }
}

async function read(name: string, given: Record<string, unknown> = {}) {
  const { text, failed } = await call(name, given)
  expect([name, failed, failed ? text : '']).toEqual([name, false, ''])
  return z.looseObject({}).parse(JSON.parse(text))
}

test('an assistant sees what it can do, and what that takes', async () => {
  const { tools } = await assistant.listTools()
  expect(tools.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['list_tunings', 'start_tuning', 'pause_tuning', 'read_report', 'list_hosts']),
  )
  const start = tools.find(({ name }) => name === 'start_tuning')
  expect(start).toMatchObject({
    annotations: { readOnlyHint: false },
    inputSchema: { required: ['request'], properties: { request: expect.anything() } },
  })
  expect(JSON.stringify(start?.inputSchema)).toContain('output_tokens_per_second')
})

test('an assistant checks, starts, steers and reads a tuning', async () => {
  const request = quickRequest({ budget: { experiments: 200 } })
  expect(await read('check_tuning', { request })).toMatchObject({ experiments: 200, runs: 201 })
  const id = String((await read('start_tuning', { request })).id)
  await api(service).event(id, ({ type }) => type === 'experiment.finished')
  expect(await read('list_tunings', { search: 'quick' })).toMatchObject({ tunings: [{ id }] })
  expect(await read('pause_tuning', { id, reason: 'lunch' })).toMatchObject({ tuning: { state: 'paused' } })
  expect(await read('resume_tuning', { id })).toMatchObject({ tuning: { id } })
  await read('finish_tuning', { id })
  const events = await api(service).finished(id)
  expect(JSON.stringify(events)).toContain('lunch')
  expect(await read('show_tuning', { id })).toMatchObject({ tuning: { state: 'completed' }, report: {} })
  const baseline = await read('show_experiment', { id, number: 0 })
  expect(baseline).toMatchObject({ kind: 'baseline', result: { status: 'measured' } })
  expect((await read('list_experiments', { id })).experiments).toContainEqual(baseline)
  expect((await call('read_report', { id })).text).toMatch(/^# /)
  expect(await read('list_hosts')).toMatchObject({ hosts: [{ alive: true }] })
})

test('what is wrong is said in words', async () => {
  const wrong = { request: { ...quickRequest(), objektive: {} } }
  expect(await call('start_tuning', wrong)).toEqual({
    failed: true,
    text: expect.stringContaining('unknown key "objektive"; did you mean "objective"?'),
  })
  expect(await call('show_tuning', { id: 'nowhere' })).toEqual({
    failed: true,
    text: expect.stringContaining('there is no tuning "nowhere"'),
  })
  expect(await call('cancel_tuning', {})).toMatchObject({
    failed: true,
    text: expect.stringContaining('/id'),
  })
})
