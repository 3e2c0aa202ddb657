import type { Client } from '@temporalio/client'
import proto from '@temporalio/proto'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Experiment, TuningEvent } from '../client/client.ts'
import {
  api,
  connectTemporal,
  engineProcesses,
  quickRequest,
  runCli,
  serviceProcesses,
  STAND_IN_ENGINE,
  startTestService,
} from './service.ts'
import type { TestService } from './service.ts'

let service: TestService
let calls: ReturnType<typeof api>
let temporal: Client

beforeAll(async () => {
  service = await startTestService({
    LLAMA_SERVER: STAND_IN_ENGINE,
    REDLINE_CPU_SHARES: '4',
    REDLINE_CONTINUE_AFTER_EVENTS: '120',
  })
  calls = api(service)
  temporal = await connectTemporal(service)
})
afterAll(async () => {
  await temporal.connection.close()
  await service.remove()
})

const LONG = { prompts: { synthetic: { inputTokens: 16, outputTokens: 4 } }, load: { concurrency: 1 } }
const measuring = (event: TuningEvent['event']) =>
  event.type === 'experiment.stage' && event.stage === 'measuring'
const numbers = (experiments: Experiment[]) => experiments.map(({ number }) => number)
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)
const ended = async (id: string) => {
  await calls.finished(id)
  return { tuning: await calls.read(id), experiments: await calls.experiments(id) }
}

test('finish now ends the search, confirms what is known and reports', async () => {
  const { id } = await calls.start(quickRequest({ budget: { experiments: 500 }, confirmation: { pairs: 1 } }))
  await calls.event(id, (event) => event.type === 'experiment.finished' && event.experiment === 3)
  await calls.act(id, 'finish', { reason: 'good enough' })
  const { tuning, experiments } = await ended(id)
  expect(tuning.state).toBe('completed')
  expect(experiments.length).toBeLessThan(12)
  expect(experiments.every(({ state }) => state === 'completed')).toBe(true)
  expect(await calls.report(id)).toBeTruthy()
})

test('a completed tuning goes on when its budget is extended, and keeps its numbers', async () => {
  const { id } = await calls.start(quickRequest({ budget: { experiments: 2 } }))
  expect((await ended(id)).experiments).toHaveLength(3)
  const { tuning } = await calls.act(id, 'extend', { experiments: 3 })
  expect(tuning).toMatchObject({ state: 'running', experiments: { budget: 5 } })
  await calls.act(id, 'pause')
  for (const command of ['show', 'report']) {
    const { stdout, stderr } = await runCli(service.env, command, id)
    expect(stdout + stderr).toContain('this is its report of before')
  }
  await calls.act(id, 'resume')
  const after = await ended(id)
  expect(numbers(after.experiments)).toEqual(upTo(6))
  expect(after.tuning).toMatchObject({ state: 'completed', experiments: { completed: 6 } })
})

test('a configuration of my own is tried, also after the end; a wrong one is refused with its place', async () => {
  const { id } = await calls.start(quickRequest({ budget: { experiments: 1 } }))
  const added = await calls.act(id, 'add', { configuration: { parallel: 7, ubatch_size: 64 } })
  await ended(id)
  const again = await calls.act(id, 'add', { configuration: { parallel: 9 } })
  const { experiments } = await ended(id)
  const own = experiments.filter(({ kind }) => kind === 'manual')
  expect(numbers(own)).toEqual([added.experiment, again.experiment])
  expect(own.map(({ configuration }) => configuration)).toEqual([
    { parallel: 7, ubatch_size: 64 },
    { parallel: 9 },
  ])
  expect(own.every(({ state, reason }) => state === 'completed' && reason === 'added by test')).toBe(true)
  await expect(calls.act(id, 'add', { configuration: { paralel: 9 } })).rejects.toMatchObject({
    problem: { status: 422, errors: [{ pointer: '/configuration/paralel' }] },
  })
  for (const parallel of ['x', 2.5, true])
    await expect(calls.act(id, 'add', { configuration: { parallel } })).rejects.toMatchObject({
      problem: {
        status: 422,
        errors: expect.arrayContaining([
          { pointer: '/configuration/parallel', message: expect.stringContaining('expected a whole number') },
        ]),
      },
    })
  expect((await ended(id)).tuning.state).toBe('completed')
})

test('a rerun takes the place of the first try; an excluded experiment cannot be the best', async () => {
  const { id } = await calls.start(quickRequest())
  const best = (await ended(id)).tuning.best?.number ?? -1
  const { experiment } = await calls.act(id, 'rerun', { experiment: best })
  const { experiments } = await ended(id)
  expect(experiments[best]?.excluded).toBe(true)
  expect(experiments.find(({ number }) => number === experiment)).toMatchObject({
    replaces: best,
    configuration: experiments[best]?.configuration,
  })
  const second = (await calls.read(id)).best?.number ?? -1
  await calls.act(id, 'exclude', { experiment: second })
  expect((await ended(id)).tuning.best?.number).not.toBe(second)
  await calls.act(id, 'exclude', { experiment: second, excluded: false })
  expect((await ended(id)).tuning.best?.number).toBe(second)
  await expect(calls.act(id, 'exclude', { experiment: 99 })).rejects.toThrow('there is no experiment 99')
})

test('what is asked for while the report is written is done', async () => {
  const { id } = await calls.start(quickRequest({ budget: { experiments: 3 } }))
  await ended(id)
  for (const experiment of [1, 2, 3]) {
    await calls.act(id, 'exclude', { experiment })
    const { experiment: again } = await calls.act(id, 'rerun', { experiment })
    const { tuning, experiments } = await ended(id)
    expect(tuning.state).toBe('completed')
    expect(experiments.at(-1)).toMatchObject({ number: again, replaces: experiment, state: 'completed' })
  }
})

test('a pause that abandons stops engines, and a resume tries the same again', async () => {
  const { id } = await calls.start(
    quickRequest({ parallelism: 2, workload: { ...LONG, duration: '60s', warmup: '50ms' } }),
  )
  await calls.event(id, measuring)
  expect(engineProcesses(service.home)).not.toEqual([])
  await calls.act(id, 'pause', { running: 'abandon' })
  await expect.poll(() => engineProcesses(service.home)).toEqual([])
  expect((await calls.read(id)).state).toBe('paused')
  await calls.act(id, 'resume')
  await calls.event(id, (event) => measuring(event) && 'experiment' in event && event.experiment === 1)
  const [first, second] = await calls.experiments(id)
  expect(first).toMatchObject({ kind: 'baseline', state: 'cancelled' })
  expect(second).toMatchObject({ kind: 'baseline', configuration: first?.configuration })
  await calls.act(id, 'cancel')
  await calls.finished(id)
})

test('a cancelled tuning is resumed from its history', async () => {
  const { id } = await calls.start(quickRequest({ budget: { experiments: 6 } }))
  await calls.event(id, (event) => event.type === 'experiment.finished' && event.experiment === 2)
  await calls.act(id, 'cancel')
  const before = await ended(id)
  expect(before.tuning.state).toBe('cancelled')
  await calls.act(id, 'resume')
  const { tuning, experiments } = await ended(id)
  expect(tuning.state).toBe('completed')
  expect(numbers(experiments)).toEqual(upTo(experiments.length))
  expect(experiments.slice(0, before.experiments.length)).toEqual(before.experiments)
  expect(experiments.filter(({ kind, state }) => kind === 'search' && state === 'completed')).toHaveLength(6)
})

test('runs of the workflow follow each other while experiments live on, and nothing is lost', async () => {
  const { id } = await calls.start(quickRequest({ budget: { experiments: 30 }, parallelism: 4 }))
  const events = await calls.finished(id)
  expect(events.map(({ seq }) => seq)).toEqual(upTo(events.length).map((index) => index + 1))
  const experiments = await calls.experiments(id)
  expect(numbers(experiments)).toEqual(upTo(31))
  expect(experiments.every(({ state, attempt }) => state === 'completed' && attempt === 1)).toBe(true)
  const runs = []
  for await (const run of temporal.workflow.list({ query: `WorkflowId = 'tuning-${id}'` })) runs.push(run)
  expect(runs.length).toBeGreaterThan(2)
  await saveHistories(id, runs)
})

test('an experiment whose workflow somebody terminates is a failure, and the tuning goes on', async () => {
  const { id } = await calls.start(
    quickRequest({ budget: { experiments: 1 }, workload: { ...LONG, duration: '5s', warmup: '50ms' } }),
  )
  await calls.event(id, measuring)
  await temporal.workflow.getHandle(`tuning-${id}/experiment-0`).terminate('by hand')
  const { tuning, experiments } = await ended(id)
  expect(experiments[0]).toMatchObject({ state: 'failed' })
  expect(experiments[0]?.result).toMatchObject({ diagnosis: { kind: 'infrastructure' } })
  expect(tuning.state).toBe('failed')
  expect(tuning.message).toContain('its workflow ended')
  await expect.poll(() => engineProcesses(service.home)).toEqual([])
})

test('priority and parallelism change while it runs, and the CLI says who did it', async () => {
  const { id } = await calls.start(quickRequest({ budget: { experiments: 40 } }))
  await calls.event(id, measuring)
  const adjusted = await runCli(service.env, 'adjust', id, '--parallelism', '4', '--priority', '3')
  expect(adjusted).toMatchObject({ code: 0 })
  expect((await calls.read(id)).spec).toMatchObject({ parallelism: 4, priority: 3 })
  const hosts = JSON.parse((await runCli(service.env, 'hosts', '--json')).stdout) as { held: unknown[] }
  expect(hosts.held.length).toBeGreaterThan(0)
  await runCli(service.env, 'finish', id, '--reason', 'seen enough')
  const events = await calls.finished(id)
  const actions = events.flatMap(({ event }) => (event.type === 'tuning.action' ? [event] : []))
  expect(actions.map(({ what }) => what.action)).toEqual(['adjust', 'finish'])
  expect(actions.every(({ by }) => by.startsWith('cli:'))).toBe(true)
  expect(actions[1]?.reason).toBe('seen enough')
})

test('what nobody answers is done once, however often it was asked for', async () => {
  const { id } = await calls.start(quickRequest({ budget: { experiments: 50 } }))
  await calls.event(id, measuring)
  await calls.act(id, 'pause')
  await calls.event(id, (event) => event.type === 'tuning.state' && event.state === 'paused')
  const worker = serviceProcesses(service.home).find(({ pid }) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes('worker'),
  )
  process.kill(worker?.pid ?? 0, 'SIGSTOP')
  try {
    const twice = [calls.act(id, 'extend', { experiments: 3 }), calls.act(id, 'extend', { experiments: 3 })]
    for (const { status } of await Promise.allSettled(twice)) expect(status).toBe('rejected')
    await expect(calls.act(id, 'extend', { experiments: 3 })).rejects.toThrow('to ask again does it once')
  } finally {
    process.kill(worker?.pid ?? 0, 'SIGCONT')
  }
  await calls.event(id, (event) => event.type === 'tuning.action' && event.what.action === 'extend')
  await calls.act(id, 'extend', { experiments: 1 })
  expect((await calls.read(id)).spec.budget.experiments).toBe(54)
  await calls.act(id, 'cancel')
})

test('more devices than any host has is said at once', async () => {
  const request = quickRequest({ hardware: { devices: 5, labels: {} } })
  await expect(calls.start(request)).rejects.toThrow('no host has 5 devices: the most is 4')
})

test('a drained host gets nothing new until that ends; who waits sees its place in the queue', async () => {
  const name = (await unwrapHosts())[0]?.name ?? ''
  expect((await runCli(service.env, 'drain', name)).code).toBe(0)
  const { id } = await calls.start(quickRequest({ budget: { experiments: 1 } }))
  await expect
    .poll(async () => (await fleet()).queue.map(({ tuningId, position }) => [tuningId, position]))
    .toEqual([[id, 1]])
  expect((await runCli(service.env, 'undrain', name)).code).toBe(0)
  expect((await ended(id)).tuning.state).toBe('completed')
})

/** Keeps the histories of every run of a tuning and of one experiment, for the replay test, when REDLINE_SAVE_HISTORIES says where. */
async function saveHistories(id: string, runs: { runId: string }[]): Promise<void> {
  const folder = process.env.REDLINE_SAVE_HISTORIES
  if (folder === undefined) return
  const save = async (name: string, workflowId: string, runId?: string) => {
    const history = await temporal.workflow.getHandle(workflowId, runId).fetchHistory()
    await writeFile(
      join(folder, `${name}.bin`),
      proto.temporal.api.history.v1.History.encode(history).finish(),
    )
  }
  const [first, second] = runs.toReversed()
  await save('tuning-first-run', `tuning-${id}`, first?.runId)
  await save('tuning-later-run', `tuning-${id}`, second?.runId)
  await save('experiment', `tuning-${id}/experiment-1`)
}

interface FleetAnswer {
  hosts: { name: string }[]
  queue: { tuningId: string; position: number }[]
}
const fleet = async () => (await (await fetch(`${service.url}/api/v1/hosts`)).json()) as FleetAnswer
const unwrapHosts = async () => (await fleet()).hosts
