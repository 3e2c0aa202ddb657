import type { Client } from '@temporalio/client'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { unwrap, type Schemas, type TuningSpec } from '../client/client.ts'
import { temporalScheduleId } from '../domain/temporal-names.ts'
import { WebhookPayload } from '../domain/webhook.ts'
import {
  api,
  connectTemporal,
  quickRequest,
  runCli,
  STAND_IN_ENGINE,
  startTestService,
  type TestService,
} from './service.ts'

/** While this file exists, engines that are started are slower. */
const SLOW = join(tmpdir(), `redline-slow-${process.pid}`)

let service: TestService
let calls: ReturnType<typeof api>
let receiver: Receiver
let temporal: Client

beforeAll(async () => {
  service = await startTestService({
    LLAMA_SERVER: STAND_IN_ENGINE,
    REDLINE_CPU_SHARES: '4',
    STAND_IN_SLOW: SLOW,
  })
  calls = api(service)
  receiver = await startReceiver()
  temporal = await connectTemporal(service)
})
afterAll(async () => {
  await temporal.connection.close()
  receiver.server.close()
  await rm(SLOW, { force: true })
  await service.remove()
})

interface Receiver {
  server: Server
  url: (path: string) => string
  /** Requests so far, the first of each path answered with 500. */
  requests: { path: string; headers: IncomingHttpHeaders; body: string }[]
}

/** Stands where people's programs do: it takes messages, but for the first to each path. */
async function startReceiver(): Promise<Receiver> {
  const requests: Receiver['requests'] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      const path = request.url ?? ''
      response.statusCode = requests.some((known) => known.path === path) ? 204 : 500
      requests.push({ path, headers: request.headers, body })
      response.end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return { server, url: (path) => `http://127.0.0.1:${port}${path}`, requests }
}

/** How often the schedule that finds a regression runs; a whole minute is what people would take. */
const EVERY = process.env.REDLINE_TEST_EVERY ?? '2s'

/** A tuning whose one configuration is far better than the baseline, measured four times. */
const recurring = (change: Partial<TuningSpec> = {}): TuningSpec =>
  quickRequest({
    workload: {
      prompts: { synthetic: { inputTokens: 16, outputTokens: 4 } },
      load: { concurrency: 4 },
      duration: '1s',
      warmup: '50ms',
    },
    engine: { kind: 'llama.cpp', model: 'gemma-3-270m', args: { ubatch_size: 32 } },
    space: { parallel: { type: 'integer', low: 4, high: 4 } },
    baseline: { parallel: 1 },
    // The baseline, where requests wait for each other, does not hold it.
    constraints: ['ttft_p50_ms <= 90'],
    budget: { experiments: 1 },
    confirmation: { pairs: 3 },
    ...change,
  })
/** One that goes on until it is cancelled. */
const endless = () =>
  recurring({
    workload: {
      prompts: { synthetic: { inputTokens: 16, outputTokens: 4 } },
      load: { concurrency: 1 },
      duration: '10m',
      warmup: '50ms',
    },
  })

const byId = (id: string) => ({ params: { path: { id } } })
const create = (body: Partial<Schemas['ScheduleRequest']>) =>
  unwrap(
    service.url,
    service.client.POST('/api/v1/schedules', {
      body: { name: 'nightly', tuning: recurring(), timing: { every: '2s' }, ...body },
    }),
  )
const read = (id: string) => unwrap(service.url, service.client.GET('/api/v1/schedules/{id}', byId(id)))
const runsOf = async (id: string) => (await read(id)).runs.toReversed()
const operate = (id: string, operation: 'pause' | 'resume' | 'run') =>
  unwrap(service.url, service.client.POST(`/api/v1/schedules/{id}/${operation}`, byId(id)))
const remove = (id: string) => service.client.DELETE('/api/v1/schedules/{id}', byId(id))
const addWebhook = (path: string, events: Schemas['WebhookRequest']['events']) =>
  unwrap(service.url, service.client.POST('/api/v1/webhooks', { body: { url: receiver.url(path), events } }))
const deliveries = async (id: string) =>
  (await unwrap(service.url, service.client.GET('/api/v1/webhooks/{id}/deliveries', byId(id)))).deliveries
const sentTo = (path: string) => receiver.requests.filter((request) => request.path === path)
const cancelAll = async (id: string) => {
  for (const { tuningId, state } of await runsOf(id)) {
    if (state === 'completed' || state === 'cancelled' || state === 'failed') continue
    await calls.act(tuningId, 'cancel').catch(() => undefined)
    await calls.finished(tuningId)
  }
}

test('five runs with a regression planted before the fourth: one message, signed, sent again after a 500', async () => {
  const webhook = await addWebhook('/regression', ['tuning.regression'])
  const { id } = await create({ timing: { every: EVERY } })
  const completed = async () => (await runsOf(id)).filter(({ state }) => state === 'completed')
  // Between runs would be a matter of luck: the third is let finish with no fourth behind it.
  await expect.poll(async () => (await runsOf(id)).length, { timeout: 400_000 }).toBe(3)
  await operate(id, 'pause')
  await expect.poll(async () => (await completed()).length).toBe(3)
  await writeFile(SLOW, '')
  await operate(id, 'resume')
  await expect.poll(async () => (await runsOf(id)).length, { timeout: 400_000 }).toBe(5)
  await operate(id, 'pause')
  await expect.poll(async () => (await completed()).length).toBe(5)
  await rm(SLOW)
  await expect.poll(async () => (await runsOf(id)).every(({ comparison }) => comparison !== null)).toBe(true)

  const runs = await runsOf(id)
  const verdicts = runs.map(({ comparison }) => comparison?.verdict)
  expect(verdicts[0]).toBe('first')
  expect(verdicts.filter((verdict) => verdict === 'regression')).toHaveLength(1)
  // The fourth; the fifth when other programs kept the load generator of the fourth from measuring soundly.
  const worse = runs[verdicts.indexOf('regression')]
  expect(runs.slice(3)).toContain(worse)
  expect(worse?.comparison?.sameConfiguration).toBe(true)
  expect(worse?.comparison?.high).toBeLessThan(0.7)

  await expect
    .poll(async () => (await deliveries(webhook.id)).map(({ state }) => state))
    .toEqual(['delivered'])
  expect(await deliveries(webhook.id)).toMatchObject([
    { event: 'tuning.regression', tuningId: worse?.tuningId, attempts: 2 },
  ])
  const [refused, taken, ...more] = sentTo('/regression')
  expect(more).toEqual([])
  expect(taken?.headers['webhook-id']).toBe(refused?.headers['webhook-id'])
  const headers = {
    'webhook-id': String(taken?.headers['webhook-id']),
    'webhook-timestamp': String(taken?.headers['webhook-timestamp']),
    'webhook-signature': String(taken?.headers['webhook-signature']),
  }
  const payload = WebhookPayload.parse(new Webhook(webhook.secret).verify(taken?.body ?? '', headers))
  expect(payload).toMatchObject({
    type: 'tuning.regression',
    data: { tuning: { id: worse?.tuningId }, schedule: { id }, comparison: { verdict: 'regression' } },
  })
  const forged = (taken?.body ?? '').replace('regression', 'finished')
  expect(() => new Webhook(webhook.secret).verify(forged, headers)).toThrow()
  const { webhooks } = await unwrap(service.url, service.client.GET('/api/v1/webhooks'))
  expect(JSON.stringify(webhooks)).not.toContain('whsec_')
  await remove(id)
}, 900_000)

test('a message whose delivery somebody ended in Temporal is delivered all the same', async () => {
  const webhook = await addWebhook('/ended', ['tuning.finished'])
  const { id } = await calls.start(recurring({ confirmation: { pairs: 0 } }))
  await calls.finished(id)
  // The first try was refused: the second comes after seconds.
  await expect.poll(() => sentTo('/ended').length).toBe(1)
  const [delivery] = await deliveries(webhook.id)
  await temporal.workflow.getHandle(`webhook-${delivery?.id}`).terminate('by hand')
  await expect.poll(async () => (await deliveries(webhook.id))[0]?.state).toBe('delivered')
  expect(sentTo('/ended')).toHaveLength(2)
})

test('a tuning that is extended tells of its second end as well', async () => {
  const webhook = await addWebhook('/again', ['tuning.finished'])
  const { id } = await calls.start(recurring({ confirmation: { pairs: 0 } }))
  await calls.finished(id)
  await calls.act(id, 'extend', { experiments: 1 })
  await calls.finished(id)
  const told = async () => (await deliveries(webhook.id)).map(({ state, event }) => [state, event])
  await expect.poll(told).toEqual([
    ['delivered', 'tuning.finished'],
    ['delivered', 'tuning.finished'],
  ])
  expect(new Set(sentTo('/again').map(({ headers }) => headers['webhook-id'])).size).toBe(2)
})

test('a paused schedule starts nothing, runs when it is told to, and leaves its tunings when it is deleted', async () => {
  const finished = await addWebhook('/finished', ['tuning.finished', 'tuning.failed'])
  const { id, state, nextRuns } = await create({
    paused: true,
    tuning: recurring({ confirmation: { pairs: 0 } }),
  })
  expect([state, nextRuns]).toEqual(['paused', []])
  await operate(id, 'run')
  await expect.poll(async () => (await runsOf(id)).map((run) => run.state)).toEqual(['completed'])
  const [run] = await runsOf(id)
  await expect
    .poll(async () => (await deliveries(finished.id)).map(({ event, tuningId }) => [event, tuningId]))
    .toEqual([['tuning.finished', run?.tuningId]])
  const resumed = await operate(id, 'resume')
  expect(resumed.state).toBe('active')
  expect(resumed.nextRuns.length).toBeGreaterThan(0)
  await remove(id)
  expect((await service.client.GET('/api/v1/schedules/{id}', byId(id))).response.status).toBe(404)
  expect((await calls.read(run?.tuningId ?? '')).state).toBe('completed')
})

test('a schedule that Temporal has lost is made anew as paused or active as it was', async () => {
  const paused = await create({ timing: { every: '24h' } })
  const active = await create({ timing: { every: '24h' }, paused: true })
  const begun = await create({ timing: { every: '24h' }, paused: true })
  await operate(paused.id, 'pause')
  await operate(active.id, 'resume')
  const all = [paused.id, active.id, begun.id]
  const states = () => Promise.all(all.map(async (id) => (await read(id)).schedule.state))
  for (const id of all) await temporal.schedule.getHandle(temporalScheduleId(id)).delete()
  expect(await states()).toEqual(['missing', 'missing', 'missing'])
  await expect.poll(states).not.toContain('missing')
  expect(await states()).toEqual(['paused', 'active', 'paused'])
  for (const id of all) await remove(id)
})

test('a schedule that overlaps itself leaves out what comes while a tuning of it runs', async () => {
  const { id } = await create({ tuning: endless() })
  await expect.poll(async () => (await read(id)).schedule.skipped).toBeGreaterThan(1)
  await operate(id, 'pause')
  expect(await runsOf(id)).toHaveLength(1)
  await cancelAll(id)
  await remove(id)
})

test('a schedule that overlaps itself with cancel_other has one tuning that runs, the newest', async () => {
  const { id } = await create({ tuning: endless(), overlap: 'cancel_other', timing: { every: '1h' } })
  await operate(id, 'run')
  await expect.poll(async () => (await runsOf(id))[0]?.state).toBe('running')
  const [first] = await runsOf(id)
  // Temporal names runs by the second.
  await expect.poll(() => Date.now() - Date.parse(first?.createdAt ?? '')).toBeGreaterThan(2000)
  await operate(id, 'run')
  await expect
    .poll(async () => (await runsOf(id)).map(({ state }) => state))
    .toEqual(['cancelled', 'running'])
  const [, running] = await runsOf(id)
  await calls.act(running?.tuningId ?? '', 'cancel')
  await calls.finished(running?.tuningId ?? '')
  await remove(id)
})

test('times and requests that are wrong are refused with their place; the CLI does what the API does', async () => {
  const refused = (body: object) =>
    create(body).then(
      () => undefined,
      (error: { problem: { status: number; errors: { pointer: string }[] } }) => [
        error.problem.status,
        ...error.problem.errors.map(({ pointer }) => pointer),
      ],
    )
  expect(await refused({ timing: { cron: ['61 3 * * *'] } })).toEqual([422, '/timing'])
  expect(await refused({ timing: { cron: ['0 3 31 2 *'] } })).toEqual([422, '/timing'])
  expect(await refused({ timeZone: 'Mars/Olympus' })).toEqual([422, '/timeZone'])
  expect(await refused({ tuning: recurring({ space: { nonsense: { type: 'boolean' } } }) })).toEqual([
    422,
    '/tuning/space/nonsense',
  ])

  const file = join(service.home, 'tuning.json')
  await writeFile(file, JSON.stringify(recurring()))
  const cli = async (...args: string[]) => {
    const { code, stdout, stderr } = await runCli(service.env, ...args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return stdout
  }
  const zone = ['--time-zone', 'Europe/Zurich']
  const created = JSON.parse(await cli('schedule', 'create', file, '--cron', '0 3 * * *', ...zone, '--json'))
  expect(created).toMatchObject({ state: 'active', timeZone: 'Europe/Zurich', overlap: 'skip' })
  const hour = new Intl.DateTimeFormat('en', { timeZone: 'Europe/Zurich', hour: 'numeric', hourCycle: 'h23' })
  expect(hour.format(new Date(created.nextRuns[0]))).toBe('03')
  await cli('schedule', 'pause', created.id)
  expect(await cli('schedule', 'list')).toContain('paused')
  expect(await cli('schedule', 'show', created.id)).toContain('no runs yet')
  await cli('schedule', 'delete', created.id)
  const webhook = JSON.parse(
    await cli('webhook', 'add', receiver.url('/cli'), '--on', 'regression', '--json'),
  )
  expect(webhook).toMatchObject({ events: ['tuning.regression'] })
  expect(await cli('webhook', 'list')).toContain(webhook.id)
  await cli('webhook', 'delete', webhook.id)
})
