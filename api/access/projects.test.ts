import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { announceHost } from '../../database/hosts.ts'
import { addMember, createProject, removeMember, setQuotas } from '../../database/projects.ts'
import { createSchedule } from '../../database/schedules.ts'
import { createTuning, setTuningState } from '../../database/tunings.ts'
import { SchedulePlan } from '../../domain/schedule.ts'
import { cpuDevices } from '../../runtimes/detect-devices.ts'
import { startApi } from '../../tests/api.ts'
import { newSpec } from '../../tests/database.ts'
import { apiDocument } from '../app.ts'

let api: Awaited<ReturnType<typeof startApi>>
let admin: string
/** In the project, and not in it. */
let member: string
let other: string

const THEIRS = { id: 'a1', scheduleId: 's1' }

beforeAll(async () => {
  api = await startApi('0.0.0.0')
  admin = await api.join('ada', 'admin')
  member = await api.join('grace', 'operator')
  other = await api.join('alan', 'operator')
  await createProject(api.db, 'ranking', {})
  await addMember(api.db, 'ranking', 'grace')
  await start(THEIRS.id, 'ranking')
  await start('b1', 'default')
  const plan = SchedulePlan.parse({ timing: { every: '24h' } })
  const schedule = { id: THEIRS.scheduleId, name: 'nightly', spec: newSpec(), plan, paused: false }
  await createSchedule(api.db, { ...schedule, project: 'ranking', owner: 'grace' })
  await announceHost(api.db, {
    name: 'h',
    devices: cpuDevices(4, 8, 'CPU'),
    engines: [{ kind: 'llama.cpp', path: '/x', version: null }],
    runtimes: ['process'],
    labels: {},
    version: '1',
  })
})

const start = (id: string, project: string) =>
  createTuning(api.db, { id, spec: newSpec({ name: id }), idempotencyKey: null, project, owner: 'grace' })
const get = async (path: string, cookie: string): Promise<unknown> =>
  (await api.send('GET', path, { cookie })).json()
const Listed = z.object({ tunings: z.array(z.object({ id: z.string() })) })
const listed = async (cookie: string, query = '') =>
  Listed.parse(await get(`/tunings${query}`, cookie)).tunings.map(({ id }) => id)

test('to who is not in its project a tuning or schedule is as if it were not there, by every operation', async () => {
  const operations = Object.entries(apiDocument(api.context).paths ?? {}).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({
      method: method.toUpperCase(),
      path: path.replace('/api/v1', ''),
    })),
  )
  const owned = operations.filter(({ path }) => /^\/(tunings|schedules)\/\{id\}/.test(path))
  expect(owned.length).toBeGreaterThan(25)
  for (const { method, path } of owned) {
    const ask = async (id: string, cookie: string) => {
      const where = path.replace('{id}', id).replace('{number}', '0')
      const body = method === 'POST' ? { body: { 'x-unknown': 1 } } : {}
      const response = await api.send(method, where, { cookie, ...body })
      return { status: response.status, text: (await response.text()).replaceAll(id, 'ID') }
    }
    const theirs = path.startsWith('/tunings') ? THEIRS.id : THEIRS.scheduleId
    const answer = await ask(theirs, other)
    expect([method, path, answer.status]).toEqual([method, path, 404])
    expect(answer).toEqual(await ask('missing', other))
  }
})

test('lists and streams hold what one may see: an admin all, others what is in their projects', async () => {
  expect(await listed(admin)).toEqual(['b1', 'a1'])
  expect(await listed(member)).toEqual(['b1', 'a1'])
  expect(await listed(other)).toEqual(['b1'])
  expect(await listed(member, '?project=ranking')).toEqual(['a1'])
  expect(await listed(other, '?project=ranking')).toEqual([])
  expect(await get('/schedules', other)).toEqual({ schedules: [] })
  expect(await get('/projects', other)).toMatchObject({ projects: [{ name: 'default' }] })
  expect(await get('/projects', member)).toMatchObject({
    projects: [{ name: 'default' }, { name: 'ranking', members: ['grace'], running: 1, held: 0 }],
  })
  expect(await get('/session', member)).toMatchObject({ user: { projects: ['default', 'ranking'] } })
  expect(await get('/session', admin)).toMatchObject({ user: { projects: ['default', 'ranking'] } })

  const stop = new AbortController()
  const stream = await fetch(`${api.url}/api/v1/events`, { headers: { cookie: other }, signal: stop.signal })
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
  // Both have an event; the one that may be seen comes last.
  for (const id of ['a1', 'b1']) await setTuningState(api.db, id, { state: 'running', phase: 'baseline' })
  let text = ''
  while (!text.includes('"id":"b1"')) text += (await reader?.read())?.value ?? ''
  expect(text).not.toContain('"id":"a1"')
  stop.abort()
})

test('what others were answered is not said to be unchanged to who may not see it', async () => {
  for (const path of [`/tunings/${THEIRS.id}`, '/tunings']) {
    const tag = (await api.send('GET', path, { cookie: member })).headers.get('etag') ?? ''
    const ask = async (cookie: string) =>
      (await api.send('GET', path, { cookie, 'if-none-match': tag })).status
    expect(await ask(member)).toBe(304)
    expect(await ask(other)).toBe(path === '/tunings' ? 200 : 404)
  }
})

test('hosts tell who is not in it which project holds a device, and not by what', async () => {
  await api.db
    .insertInto('leases')
    .values({ host: 'h', device: 'cpu-0', workflow_id: 'w', tuning_id: THEIRS.id, number: 3 })
    .execute()
  expect(await get('/hosts', member)).toMatchObject({
    held: [{ project: 'ranking', tuningId: 'a1', number: 3 }],
  })
  expect(await get('/hosts', other)).toMatchObject({
    held: [{ project: 'ranking', tuningId: null, number: null }],
  })
})

test('who leaves a project loses its tunings at once, with tokens too; who is taken in sees them', async () => {
  const token = z.object({ token: z.string() })
  const made = await api.send('POST', '/tokens', { cookie: other, body: { name: 'ci' } })
  const authorization = `Bearer ${token.parse(await made.json()).token}`
  const status = async () => (await api.send('GET', `/tunings/${THEIRS.id}`, { authorization })).status
  expect(await status()).toBe(404)
  const members = '/projects/ranking/members'
  const add = (user: string, cookie: string) => api.send('POST', members, { cookie, body: { user } })
  expect((await add('alan', member)).status).toBe(403)
  expect((await add('nobody', admin)).status).toBe(422)
  expect((await add('alan', admin)).status).toBe(204)
  expect(await status()).toBe(200)
  expect((await api.send('DELETE', `${members}/alan`, { cookie: admin })).status).toBe(204)
  expect(await status()).toBe(404)
  const { changes } = z.object({ changes: z.array(z.unknown()) }).parse(await get('/audit?limit=1', admin))
  expect(changes).toMatchObject([{ who: 'ada', operation: 'removeMember', path: `/api/v1${members}/alan` }])

  // As another process of the API would.
  await addMember(api.db, 'ranking', 'alan')
  await expect.poll(status).toBe(200)
  await removeMember(api.db, 'ranking', 'alan')
  await expect.poll(status).toBe(404)
})

test('nothing is made in, or taken from, a project that one is not in', async () => {
  const post = (query: string, change: object, headers: object = {}) =>
    api.send('POST', `/tunings${query}`, { cookie: other, body: newSpec(change), ...headers })
  expect((await post('?project=ranking', {})).status).toBe(404)
  expect((await post('?project=nowhere', {})).status).toBe(404)
  const warm = await post('', { transfer: [THEIRS.id] })
  expect(await warm.json()).toMatchObject({ errors: [{ pointer: '/transfer/0' }] })

  await createTuning(api.db, { id: 'a2', spec: newSpec(), idempotencyKey: 'key', project: 'ranking' })
  const again = await post('', {}, { 'idempotency-key': 'key' })
  expect(again.status).toBe(201)
  expect(await again.text()).not.toContain('a2')
  await setTuningState(api.db, 'a2', { state: 'completed', phase: 'done' })
})

test('a tuning beyond the quota is refused with who holds it and what to do, and a paused one makes place', async () => {
  await setQuotas(api.db, 'ranking', { runningTunings: 1 })
  const refused = await api.send('POST', '/tunings?project=ranking', { cookie: member, body: newSpec() })
  expect(refused.status).toBe(409)
  expect(await refused.json()).toMatchObject({
    detail: expect.stringMatching(
      /ranking may run 1 tuning .*"a1" \(a1, grace's\); wait .*--running-tunings 2/,
    ),
  })
  // One that has ended runs again: the same.
  const extend = await api.send('POST', '/tunings/a2/extend', { cookie: member, body: { experiments: 1 } })
  expect(await extend.json()).toMatchObject({ detail: expect.stringContaining('may run 1 tuning') })

  await setTuningState(api.db, 'a1', { state: 'paused', phase: 'search' })
  await start('a3', 'ranking')
  const resume = await api.send('POST', '/tunings/a1/resume', { cookie: member })
  expect(await resume.json()).toMatchObject({ detail: expect.stringContaining('"a3"') })
})

test('experiments that need more devices than the project may hold are refused at their place', async () => {
  await setQuotas(api.db, 'ranking', { runningTunings: null, devices: 1 })
  const body = newSpec({ hardware: { devices: 2 } })
  const checked = await api.send('POST', '/tunings/check?project=ranking', { cookie: member, body })
  expect(await checked.json()).toMatchObject({
    errors: [{ pointer: '/hardware/devices', message: expect.stringContaining('ranking may hold 1') }],
  })
})

test('a project goes only when nothing is in it, and that of everybody never', async () => {
  const status = async (method: string, path: string, body?: object) =>
    (await api.send(method, path, { cookie: admin, ...(body && { body }) })).status
  expect(await status('DELETE', '/projects/ranking')).toBe(409)
  expect(await status('DELETE', '/projects/default')).toBe(409)
  expect(await status('POST', '/projects/default/members', { user: 'alan' })).toBe(409)
  expect(await status('POST', '/projects', { name: 'Search Team' })).toBe(422)
  expect(await status('POST', '/projects', { name: 'search', devices: 2 })).toBe(204)
  expect(await status('POST', '/projects', { name: 'search' })).toBe(409)
  expect(await status('POST', '/projects/search/quotas', {})).toBe(422)
  expect(await status('POST', '/projects/search/quotas', { runningTunings: 3 })).toBe(204)
  expect(await get('/projects', admin)).toMatchObject({
    projects: [{}, {}, { name: 'search', devices: 2, runningTunings: 3 }],
  })
  expect(await status('DELETE', '/projects/search')).toBe(204)
  expect(await status('DELETE', '/projects/search')).toBe(404)
})

test('a schedule of a deleted user cannot be resumed or run, and says why', async () => {
  const plan = SchedulePlan.parse({ timing: { every: '24h' } })
  const schedule = { id: 'orphan', name: 'nightly', spec: newSpec(), plan, paused: true, project: 'default' }
  await createSchedule(api.db, { ...schedule, owner: 'gone' })
  for (const operation of ['resume', 'run']) {
    const response = await api.send('POST', `/schedules/orphan/${operation}`, { cookie: admin })
    expect(response.status).toBe(409)
    expect(await response.json()).toMatchObject({
      detail: 'its owner gone is no user any more: create it anew in your own name',
    })
  }
})
