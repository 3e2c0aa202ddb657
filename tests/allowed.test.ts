import { Client, Connection } from '@temporalio/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { invite } from '../api/access/invite.ts'
import type { TuningSpec } from '../client/client.ts'
import { openDatabase, type Database } from '../database/connect.ts'
import { listExperiments } from '../database/experiments.ts'
import { createTuning, findTuning } from '../database/tunings.ts'
import { acceptInvitation } from '../database/users.ts'
import { TuningSpec as Spec } from '../domain/tuning.ts'
import { hashSecret } from '../api/access/secrets.ts'
import { findByEnvironment } from '../runtimes/process-table.ts'
import { startTuning } from '../temporal/tunings.ts'
import {
  api,
  quickRequest,
  serviceProcesses,
  STAND_IN_ENGINE,
  startTestService,
  type TestService,
} from './service.ts'

let service: TestService
let calls: ReturnType<typeof api>
let db: Database
let temporal: Client

beforeAll(async () => {
  service = await startTestService({
    LLAMA_SERVER: STAND_IN_ENGINE,
    REDLINE_ALLOWED_PROGRAMS: process.execPath,
    REDLINE_ALLOWED_VARIABLES: 'HF_*,STAND_IN_*',
  })
  calls = api(service)
  const ours = new Set(serviceProcesses(service.home).map(({ pid }) => pid))
  const found = findByEnvironment('DATABASE_URL', 'postgres').find(({ pid }) => ours.has(pid))
  db = openDatabase(found?.value ?? '')
  const address = `127.0.0.1:${service.env.REDLINE_TEMPORAL_PORT}`
  temporal = new Client({ connection: await Connection.connect({ address }) })
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
  await expect.poll(async () => (await findTuning(db, id))?.phase, { timeout: 60_000 }).toBe('done')
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
})

test('with users an endpoint in a private network is not reached', async () => {
  const { code } = await invite(db, 'admin')
  await acceptInvitation(db, { hash: hashSecret(code), name: 'ada', passwordHash: 'none' })
  const request = quickRequest({
    engine: { kind: 'openai', model: 'm' },
    runtime: { kind: 'endpoint', url: service.url },
    space: { concurrency: { type: 'integer', low: 1, high: 2 } },
  })
  expect(await failurePastTheApi('private', request)).toMatchObject({
    status: 'failed',
    diagnosis: { kind: 'not_allowed', summary: expect.stringContaining('private network') },
  })
})
