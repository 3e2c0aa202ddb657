import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { list } from 'tar'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { unwrap } from '../client/client.ts'
import { freePort } from '../runtimes/ports.ts'
import { api, quickRequest, runCli, STAND_IN_ENGINE, startTestService, type TestService } from './service.ts'

let service: TestService
let calls: ReturnType<typeof api>
let metricsPort: number

beforeAll(async () => {
  metricsPort = await freePort()
  service = await startTestService({
    LLAMA_SERVER: STAND_IN_ENGINE,
    REDLINE_METRICS_LISTEN: `127.0.0.1:${metricsPort}`,
  })
  calls = api(service)
})
afterAll(() => service.remove())

test('Prometheus finds how the fleet stands, and what the workers do', async () => {
  const metrics = async (port: number) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const ended = async () =>
    Number(/^redline_experiments_ended_last_hour (\d+)$/m.exec(await metrics(metricsPort))?.[1])
  const before = await ended()
  const { id } = await calls.start(quickRequest({ budget: { experiments: 1 } }))
  await calls.finished(id)
  expect(await ended()).toBe(before + 2)
  expect(await metrics(metricsPort)).toMatch(/^redline_hosts_alive 1$/m)
  expect(await metrics(metricsPort)).toContain('redline_stuck_tunings 0')
  expect(await metrics(metricsPort + 1)).toMatch(/^temporal_activity_execution_latency_count.* /m)
})

test('a backup of a running service brings tunings and schedules back in an empty one', async () => {
  const { id } = await calls.start(quickRequest({ name: 'kept' }))
  await calls.finished(id)
  const schedule = await unwrap(
    service.url,
    service.client.POST('/api/v1/schedules', {
      body: { name: 'nightly', tuning: quickRequest(), timing: { cron: ['0 3 * * *'] } },
    }),
  )
  const { id: running } = await calls.start(quickRequest({ budget: { experiments: 500 } }))
  await calls.event(running, ({ type }) => type === 'experiment.finished')
  const file = join(service.home, 'backup.gz')
  expect(await runCli(service.env, 'backup', file)).toMatchObject({ code: 0, stderr: '' })
  await calls.act(running, 'cancel')

  const second = await startTestService({ LLAMA_SERVER: STAND_IN_ENGINE })
  try {
    const restored = await runCli(second.env, 'restore', file)
    expect(restored).toMatchObject({ code: 0, stdout: expect.stringContaining('1 schedules') })
    const there = api(second)
    expect(await there.report(id)).toEqual(await calls.report(id))
    const found = async (from: typeof calls) =>
      (await from.experiments(id)).map(({ number, configuration, result }) => [number, configuration, result])
    expect(await found(there)).toEqual(await found(calls))
    // Housekeeping finds what Temporal knows nothing of.
    const path = { id: schedule.id }
    const nextRuns = async () =>
      (await second.client.GET('/api/v1/schedules/{id}', { params: { path } })).data?.schedule.nextRuns
    await expect.poll(nextRuns).not.toEqual([])
    await expect.poll(async () => (await there.read(running)).state).toBe('failed')
    const refused = await runCli(second.env, 'restore', file)
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/has .*tunings, .* already/) })
  } finally {
    await second.remove()
  }
})

test('a support bundle has logs and settings, and no secret', async () => {
  const secrets = { REDLINE_TOKEN: 'redline_0123456789abcdef', TEMPORAL_API_KEY: 'a-key-of-somebody' }
  const file = join(service.home, 'support.tar.gz')
  const password = (await readFile(join(service.home, 'postgres.password'), 'utf8')).trim()
  const done = await runCli({ ...service.env, ...secrets }, 'support-bundle', file)
  expect(done).toMatchObject({ code: 0, stderr: '' })
  const names: string[] = []
  await list({ file, onReadEntry: ({ path }) => void names.push(path) })
  expect(names).toEqual(
    expect.arrayContaining(['./settings.json', './api.log', './worker.log', './hosts.txt']),
  )
  const text = gunzipSync(await readFile(file)).toString()
  for (const secret of [...Object.values(secrets), password]) expect(text).not.toContain(secret)
})
