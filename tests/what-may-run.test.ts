import type { Client } from '@temporalio/client'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { invite } from '../api/access/invite.ts'
import { unwrap, type TuningSpec } from '../client/client.ts'
import { openDatabase, type Database } from '../database/connect.ts'
import { listExperiments } from '../database/experiments.ts'
import { createTuning, findTuning } from '../database/tunings.ts'
import { acceptInvitation } from '../database/users.ts'
import { TuningSpec as Spec } from '../domain/tuning.ts'
import { hashSecret } from '../api/access/secrets.ts'
import { findByEnvironment } from '../runtimes/process-table.ts'
import { temporalClient } from '../temporal/connection.ts'
import { startTuning } from '../temporal/tunings.ts'
import {
  api,
  quickRequest,
  serviceProcesses,
  STAND_IN_ENGINE,
  startTestService,
  type TestService,
} from './service.ts'

const KEY = randomBytes(32)

let service: TestService
let calls: ReturnType<typeof api>
let db: Database
let temporal: Client

beforeAll(async () => {
  service = await startTestService({
    LLAMA_SERVER: STAND_IN_ENGINE,
    REDLINE_ENCRYPTION_KEY: KEY.toString('base64'),
    REDLINE_ALLOWED_PROGRAMS: process.execPath,
    REDLINE_ALLOWED_VARIABLES: 'HF_*,STAND_IN_*',
  })
  calls = api(service)
  const ours = new Set(serviceProcesses(service.home).map(({ pid }) => pid))
  const found = findByEnvironment('DATABASE_URL', 'postgres').find(({ pid }) => ours.has(pid))
  db = openDatabase(found?.value ?? '')
  const address = `127.0.0.1:${service.env.REDLINE_TEMPORAL_PORT}`
  temporal = temporalClient({ address, namespace: 'default', encryptionKey: KEY, env: {} })
})
afterAll(async () => {
  await temporal.connection.close()
  await db.destroy()
  await service.remove()
})

/** A program that measures nothing and tells what it was given. */
function ownProgram(program: string, env: Record<string, string> = {}): TuningSpec {
  const script = `console.log('given ' + process.env.HF_TOKEN); console.log('{"metrics":{"output_tokens_per_second":1}}')`
  return quickRequest({
    engine: { kind: 'command', model: 'toy', command: [program, '-e', script], env },
    constraints: [],
    budget: { experiments: 1 },
  })
}

/** Stores a tuning and starts it in Temporal, past the API; returns why its first experiment failed. */
async function failurePastTheApi(id: string, request: TuningSpec) {
  const { tuning } = await createTuning(db, { id, spec: Spec.parse(request), idempotencyKey: null })
  await startTuning(temporal, tuning)
  await expect.poll(async () => (await findTuning(db, id))?.phase).toBe('done')
  const [first] = await listExperiments(db, id)
  return first?.result
}

test('what is not allowed is refused at the request, and on the host when it comes another way', async () => {
  await expect(calls.start(ownProgram('/bin/sh'))).rejects.toThrow(
    `"/bin/sh" is not allowed here: an admin allows ${process.execPath}`,
  )
  await expect(calls.start(ownProgram(process.execPath, { LD_PRELOAD: '/tmp/x.so' }))).rejects.toThrow(
    '/engine/env/LD_PRELOAD',
  )
  expect(await failurePastTheApi('pastapi', ownProgram('/bin/sh'))).toMatchObject({
    status: 'failed',
    diagnosis: { kind: 'not_allowed', summary: expect.stringContaining('"/bin/sh" is not allowed here') },
  })
})

test('a secret reaches the engine, and nobody else', async () => {
  const { id } = await calls.start(ownProgram(process.execPath, { HF_TOKEN: 'hf_s3cr3t', HF_HOME: '/h' }))
  await calls.finished(id)
  const read = async (path: string) => (await fetch(`${service.url}/api/v1/tunings${path}`)).text()
  expect(await read(`/${id}/experiments/0/log`)).toContain('given ***')
  const pages = [
    '',
    '?limit=5',
    '/overview',
    '/experiments',
    '/report.html',
    '/report.md',
    '/bundle',
    '/best',
  ]
  for (const page of pages)
    expect(await read(page.startsWith('?') ? page : `/${id}${page}`)).not.toContain('hf_s3cr3t')
  expect((await calls.read(id)).spec.engine.env).toEqual({ HF_TOKEN: '***', HF_HOME: '/h' })
  const stored = await db.selectFrom('tunings').select('spec').where('id', '=', id).executeTakeFirst()
  expect(JSON.stringify(stored)).toMatch(/"HF_TOKEN":"encrypted:/)
})

test('the same request with the same key starts nothing twice, encrypted or not', async () => {
  const body = ownProgram(process.execPath, { HF_TOKEN: 'hf_s3cr3t' })
  const start = (change: object = {}) =>
    fetch(`${service.url}/api/v1/tunings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'once' },
      body: JSON.stringify({ ...body, ...change }),
    })
  expect((await start()).status).toBe(201)
  expect((await start()).status).toBe(200)
  expect((await start({ engine: { ...body.engine, env: { HF_TOKEN: 'another' } } })).status).toBe(409)
})

test('a webhook signs with a secret that is stored encrypted', async () => {
  const receiver = createServer().listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  const place = receiver.address()
  const port = place !== null && typeof place === 'object' ? place.port : 0
  const body = { url: `http://127.0.0.1:${port}/`, events: ['tuning.finished' as const] }
  const { secret } = await unwrap(service.url, service.client.POST('/api/v1/webhooks', { body }))
  const { secret: stored } = await db.selectFrom('webhooks').select('secret').executeTakeFirstOrThrow()
  expect(stored).toMatch(/^encrypted:/)
  const told = once(receiver, 'request') as Promise<[IncomingMessage, ServerResponse]>
  await calls.start(ownProgram(process.execPath))
  const [request, response] = await told
  const message = await text(request)
  response.end()
  receiver.close()
  const header = (name: string) => ({ [name]: String(request.headers[name]) })
  const signed = { ...header('webhook-id'), ...header('webhook-timestamp'), ...header('webhook-signature') }
  expect(new Webhook(secret).verify(message, signed)).toMatchObject({ type: 'tuning.finished' })
})

test('with users an endpoint in a private network is not reached', async () => {
  const { code } = await invite(db, 'admin', null)
  await acceptInvitation(db, { hash: hashSecret(code), name: 'ada', passwordHash: 'none' })
  const request = quickRequest({
    engine: { kind: 'openai', model: 'm' },
    runtime: { kind: 'endpoint', url: service.url },
    space: { concurrency: { type: 'integer', low: 1, high: 2 } },
  })
  try {
    expect(await failurePastTheApi('private', request)).toMatchObject({
      status: 'failed',
      diagnosis: { kind: 'not_allowed', summary: expect.stringContaining('private network') },
    })
  } finally {
    await db.deleteFrom('users').execute()
  }
})
