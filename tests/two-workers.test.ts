import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { unwrap, type TuningEvent, type TuningSpec } from '../client/client.ts'
import { findByEnvironment } from '../runtimes/process-table.ts'
import {
  api,
  engineProcesses,
  quickRequest,
  ROOT,
  serviceProcesses,
  STAND_IN_ENGINE,
  startTestService,
  type TestService,
} from './service.ts'

// Two hosts with four devices each, on one machine: `a` is the service's own, `b` a worker beside it.

let service: TestService
let calls: ReturnType<typeof api>
let secondHome: string
let second: ChildProcess

beforeAll(async () => {
  service = await startTestService({
    LLAMA_SERVER: STAND_IN_ENGINE,
    REDLINE_CPU_SHARES: '4',
    REDLINE_HOST_NAME: 'a',
    // Longer than a killed host still counts as alive, less the heartbeat that is missed first.
    REDLINE_HOST_LOST_AFTER: '20s',
  })
  calls = api(service)
  secondHome = await mkdtemp(join(tmpdir(), 'redline-second-'))
  await startSecond()
})
afterAll(async () => {
  second.kill('SIGKILL')
  for (const { pid } of engineProcesses(secondHome)) process.kill(pid, 'SIGKILL')
  await service.remove()
  await rm(secondHome, { recursive: true, force: true })
})

/** Starts the worker of host `b` on the first service's database and Temporal, and waits until it is known. */
async function startSecond(): Promise<void> {
  const ours = new Set(serviceProcesses(service.home).map(({ pid }) => pid))
  const DATABASE_URL = findByEnvironment('DATABASE_URL', 'postgres').find(({ pid }) => ours.has(pid))?.value
  second = spawn(process.execPath, [join(ROOT, 'cli/redline.mjs'), 'worker'], {
    env: {
      ...service.env,
      DATABASE_URL,
      TEMPORAL_ADDRESS: `127.0.0.1:${service.env.REDLINE_TEMPORAL_PORT}`,
      REDLINE_HOME: secondHome,
      REDLINE_HOST_NAME: 'b',
    },
    stdio: 'ignore',
  })
  await vi.waitFor(async () => {
    const alive = (await fleet()).hosts.filter((host) => host.alive)
    expect(alive.map(({ name }) => name)).toEqual(['a', 'b'])
  }, 120_000)
}

const fleet = () => unwrap(service.url, service.client.GET('/api/v1/hosts'))

/** A tuning whose measurements last until others run beside them. */
function longRequest(change: Partial<TuningSpec>): TuningSpec {
  const request = quickRequest({ budget: { experiments: 8 }, ...change })
  return { ...request, workload: { ...request.workload, load: { concurrency: 1 }, duration: '8s' } }
}

/** Waits until `count` devices are held at once and each experiment's is measured on; returns who holds which. */
async function heldAtOnce(id: string, count: number): Promise<{ number: number | null; place: string }[]> {
  let held: { number: number | null; place: string }[] = []
  await expect
    .poll(async () => {
      held = (await fleet()).held.map(({ number, host, device }) => ({ number, place: `${host}/${device}` }))
      const experiments = await calls.experiments(id)
      return held.filter(({ number }) => experiments[number ?? -1]?.stage === 'measuring').length
    })
    .toBe(count)
  return held
}

const EVERY_DEVICE = ['a', 'b'].flatMap((host) => [0, 1, 2, 3].map((share) => `${host}/cpu-${share}`))
const places = (held: { place: string }[]) => held.map(({ place }) => place).toSorted()
const hostOf = ({ place }: { place: string }) => place.split('/')[0]

/** Runs eight experiments at once, kills host `b`'s worker and what `alsoKill` says, and checks how the tuning ends. */
async function loseSecond(alsoKill: () => { pid: number }[]): Promise<void> {
  const { id } = await calls.start(longRequest({ parallelism: 8 }))
  const held = await heldAtOnce(id, 8)
  expect(places(held)).toEqual(EVERY_DEVICE)
  expect(new Set(held.map(({ number }) => number)).size).toBe(8)
  expect(engineProcesses(secondHome)).toHaveLength(4)

  second.kill('SIGKILL')
  for (const { pid } of alsoKill()) process.kill(pid, 'SIGKILL')
  if (second.exitCode === null && second.signalCode === null) await once(second, 'exit')
  const lost = held.filter((holding) => hostOf(holding) === 'b').map(({ number }) => number)

  const events = await calls.finished(id)
  expect(await calls.read(id)).toMatchObject({
    state: 'completed',
    experiments: { completed: 9, failed: 0 },
  })
  const experiments = await calls.experiments(id)
  expect(experiments.map(({ number, state }) => [number, state])).toEqual(
    Array.from({ length: 9 }, (_, number) => [number, 'completed']),
  )
  expect(finishedNumbers(events)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  for (const { number, attempt, conditions } of experiments) {
    if (lost.includes(number)) expect({ attempt, host: conditions?.host }).toEqual({ attempt: 2, host: 'a' })
    else expect(attempt).toBe(1)
  }
  await expect.poll(async () => (await fleet()).held).toEqual([])
  await expect.poll(() => engineProcesses(service.home)).toEqual([])
}

const finishedNumbers = (events: TuningEvent[]) =>
  events
    .flatMap(({ event }) => (event.type === 'experiment.finished' ? [event.experiment] : []))
    .toSorted((a, b) => a - b)

test('experiments that ask for two devices get two of one host, four at once', async () => {
  const { id } = await calls.start(
    longRequest({ parallelism: 8, budget: { experiments: 4 }, hardware: { devices: 2, labels: {} } }),
  )
  const held = await heldAtOnce(id, 8)
  expect(places(held)).toEqual(EVERY_DEVICE)
  for (const number of new Set(held.map((holding) => holding.number))) {
    const own = held.filter((holding) => holding.number === number)
    expect(own).toHaveLength(2)
    expect(new Set(own.map(hostOf)).size).toBe(1)
  }
  expect(finishedNumbers(await calls.finished(id))).toEqual([0, 1, 2, 3, 4])
})

test('a host that is lost with its engines: its experiments finish on the other, each once', async () => {
  await loseSecond(() => engineProcesses(secondHome))
  expect(engineProcesses(secondHome)).toEqual([])
  await startSecond()
})

test('a host that comes back stops the engines whose experiments went elsewhere', async () => {
  await loseSecond(() => [])
  expect(engineProcesses(secondHome)).toHaveLength(4)
  await startSecond()
  await expect.poll(() => engineProcesses(secondHome)).toEqual([])
})
