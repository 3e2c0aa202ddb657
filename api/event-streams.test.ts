import { connect } from 'node:net'
import { sql } from 'kysely'
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { followTuning, followTunings } from '../client/follow.ts'
import { announceHost, retireHost, setDraining } from '../database/hosts.ts'
import { acquireLease, releaseLease } from '../database/leases.ts'
import { announceSchedules } from '../database/schedules.ts'
import { setTuningState } from '../database/tunings.ts'
import { cpuDevices } from '../runtimes/detect-devices.ts'
import { startApi } from '../tests/api.ts'
import { newTuning } from '../tests/database.ts'

let api: Awaited<ReturnType<typeof startApi>>
beforeAll(async () => {
  api = await startApi('127.0.0.1')
})

const say = (id: string, message: string) =>
  setTuningState(api.db, id, { state: 'running', phase: 'search', message })

/** Follows a tuning and returns the numbers of the events that came. */
function follow(id: string, after = 0) {
  const numbers: number[] = []
  const ended = new Promise<void>((resolve) => {
    followTuning(
      api.url,
      id,
      { onEvent: ({ seq }) => numbers.push(seq), onLive: () => undefined, onEnd: resolve },
      after,
    )
  })
  return { numbers, ended }
}

test('streams that begin at any time get each event once and in order, then the end', async () => {
  const id = await newTuning(api.db)
  const followers: ReturnType<typeof follow>[] = []
  for (let n = 0; n < 40; n++) {
    if (n % 4 === 0) followers.push(follow(id))
    await say(id, String(n))
  }
  await setTuningState(api.db, id, { state: 'completed', phase: 'done' })
  followers.push(follow(id, 30))
  await Promise.all(followers.map(({ ended }) => ended))
  const all = Array.from({ length: 42 }, (_, index) => index + 1)
  for (const { numbers } of followers.slice(0, -1)) expect(numbers).toEqual(all)
  expect(followers.at(-1)?.numbers).toEqual(all.slice(30))
})

test('a stream on which nothing happens beats, without a number of an event', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const reader = (await api.send('GET', '/events')).body?.getReader()
  onTestFinished(() => void reader?.cancel())
  const read = async () => Buffer.from((await reader?.read())?.value ?? []).toString()
  expect(await read()).toBe('retry: 1000\n\n')
  await vi.advanceTimersByTimeAsync(15_000)
  expect(await read()).toBe('event: beat\ndata: {}\n\n')
})

test('all who follow the list hear of a change and of a deletion', async () => {
  const heard = [0, 1, 2].map(() => {
    const told: string[] = []
    const stop = followTunings(api.url, {
      onTuning: ({ id, message }) => told.push(`${id} ${message}`),
      onDeleted: (id) => told.push(`${id} deleted`),
      onLost: () => undefined,
      onBack: () => told.push('open'),
    })
    return { told, stop }
  })
  for (const { told } of heard) await expect.poll(() => told).toContain('open')
  const id = await newTuning(api.db)
  await setTuningState(api.db, id, { state: 'completed', phase: 'done', message: 'over' })
  for (const { told } of heard) await expect.poll(() => told).toContain(`${id} over`)
  expect((await api.send('DELETE', `/tunings/${id}`)).status).toBe(204)
  for (const { told, stop } of heard) {
    await expect.poll(() => told).toContain(`${id} deleted`)
    stop()
  }
})

test('all who follow the list hear of what changes the fleet, and not that a host is still alive', async () => {
  let changes = 0
  let open = false
  const messages: (string | null)[] = []
  const stop = followTunings(api.url, {
    onTuning: ({ message }) => messages.push(message),
    onDeleted: () => undefined,
    onNews: () => changes++,
    onLost: () => undefined,
    onBack: () => (open = true),
  })
  await expect.poll(() => open).toBe(true)
  const told = async (change: () => Promise<unknown>) => {
    const before = changes
    await change()
    await expect.poll(() => changes).toBe(before + 1)
  }
  const offer = {
    name: 'told',
    devices: cpuDevices(2, 8, 'CPU'),
    engines: [{ kind: 'llama.cpp' as const, path: '/x', version: null }],
    runtimes: ['process' as const],
    labels: {},
    version: '1',
  }
  const request = {
    engine: 'llama.cpp' as const,
    runtime: 'process' as const,
    devices: 1,
    labels: {},
    exclusive: null,
  }
  const tuningId = await newTuning(api.db)
  await told(() => announceHost(api.db, offer))
  const asks = { workflowId: 'told', tuningId, project: 'default', number: 0, priority: 0, request }
  await told(() => acquireLease(api.db, asks))
  const before = changes
  await announceHost(api.db, offer)
  await acquireLease(api.db, asks)
  await say(tuningId, 'heard after the host')
  await expect.poll(() => messages).toContain('heard after the host')
  expect(changes).toBe(before)
  await told(() => setDraining(api.db, 'told', true))
  await told(() => releaseLease(api.db, 'told'))
  await told(() => announceHost(api.db, { ...offer, version: '2' }))
  await told(() => retireHost(api.db, 'told'))
  stop()
})

test('who follows the list reads it again when announcements were lost, and hears of schedules', async () => {
  const heard: string[] = []
  const stop = followTunings(api.url, {
    onTuning: () => undefined,
    onDeleted: () => undefined,
    onNews: (news) => heard.push(news),
    onLost: () => heard.push('lost'),
    onBack: () => heard.push('back'),
  })
  await expect.poll(() => heard).toEqual(['back'])
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen %' and datname = current_database()`.execute(
    api.db,
  )
  await expect.poll(() => heard).toEqual(['back', 'lost', 'back'])
  await announceSchedules(api.db)
  await expect.poll(() => heard.at(-1)).toBe('schedules')
  stop()
})

test('a client that never reads is dropped, and misses nothing when it returns', async () => {
  const id = await newTuning(api.db)
  const count = 5000
  const socket = connect(api.port, '127.0.0.1').pause()
  socket.write(`GET /api/v1/tunings/${id}/events?after=1 HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  const open = () => api.context.hub.streams.size
  await expect.poll(open).toBe(1)
  await sql`
    with more as (
      insert into events (tuning_id, seq, body)
      select ${id}, 1 + n, jsonb_build_object('type', 'tuning.created', 'name', repeat('x', 4000))
      from generate_series(1, ${sql.lit(count)}) n
    )
    update tunings set last_seq = 1 + ${sql.lit(count)} where id = ${id}`.execute(api.db)
  await say(id, 'announced')
  await expect.poll(open).toBe(0)
  socket.destroy()

  const rest = follow(id, 1)
  await setTuningState(api.db, id, { state: 'completed', phase: 'done' })
  await rest.ended
  expect(rest.numbers).toEqual(Array.from({ length: count + 2 }, (_, index) => index + 2))
})
