import { Client, Connection } from '@temporalio/client'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject } from 'vitest'
import {
  actOnTuning,
  createRedlineClient,
  unwrap,
  type ActionName,
  type Experiment,
  type RedlineClient,
  type Tuning,
  type TuningEvent,
  type TuningSpec,
} from '../client/client.ts'
import { followTuning } from '../client/follow.ts'
import { findByEnvironment } from '../runtimes/process-table.ts'
import { freePort } from '../runtimes/ports.ts'

export const ROOT = join(import.meta.dirname, '..')

/** A whole service as people run it, in a state folder of its own. */
export interface TestService {
  home: string
  url: string
  client: RedlineClient
  env: NodeJS.ProcessEnv
  /** What it has printed since its last start. */
  output(): string
  /** Starts it again after it was killed. */
  start(): Promise<void>
  /** Kills every process of the service with -9; engines are left alone. */
  kill(): Promise<void>
  /** Stops it as Ctrl-C does. */
  stop(): Promise<void>
  /** Stops it and removes its state. */
  remove(): Promise<void>
}

/** Environment in which nothing is looked for or fetched again, and no port is shared with another service. */
export async function serviceEnvironment(home: string): Promise<NodeJS.ProcessEnv> {
  return {
    ...process.env,
    REDLINE_HOME: home,
    REDLINE_CACHE: inject('cacheDir'),
    REDLINE_PORT: String(await freePort()),
    REDLINE_TEMPORAL_PORT: String(await freePort()),
    REDLINE_TEMPORAL_UI_PORT: String(await freePort()),
    REDLINE_TEMPORAL_CLI: inject('temporalCli'),
    LLAMA_SERVER: inject('llamaServer'),
    REDLINE_MODEL: inject('model'),
    // The machine of the tests is busy by their own doing.
    REDLINE_REPEAT_DISTURBED: '0',
    NO_COLOR: '1',
  }
}

/** Runs a CLI command to its end. */
export async function runCli(
  env: NodeJS.ProcessEnv,
  ...args: string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [join(ROOT, 'cli/redline.mjs'), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  await once(child, 'close')
  return { code: child.exitCode, stdout, stderr }
}

/** A program that speaks llama-server's HTTP, ready at once: for tests of what goes on around an engine. */
export const STAND_IN_ENGINE = join(import.meta.dirname, 'stand-in/llama-server.mjs')

/** Starts `redline up` and waits until it serves; `change` replaces variables of its environment. */
export async function startTestService(change: NodeJS.ProcessEnv = {}): Promise<TestService> {
  const home = await mkdtemp(join(tmpdir(), 'redline-service-'))
  const env = { ...(await serviceEnvironment(home)), ...change }
  const url = `http://127.0.0.1:${env.REDLINE_PORT}`
  let up: ChildProcess
  let output = ''

  async function start(): Promise<void> {
    up = spawn(process.execPath, [join(ROOT, 'cli/redline.mjs'), 'up'], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    output = ''
    const ready = new Promise<void>((resolve, reject) => {
      up.stdout?.setEncoding('utf8').on('data', (text: string) => {
        output += text
        if (output.includes('Ctrl-C stops everything')) resolve()
      })
      up.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text))
      up.once('exit', (code) => reject(new Error(`redline up ended with ${code}:\n${output}`)))
    })
    await ready
  }

  async function stop(): Promise<void> {
    if (up.exitCode !== null || up.signalCode !== null) return
    up.kill('SIGINT')
    await once(up, 'exit')
  }

  await start()
  return {
    home,
    url,
    client: createRedlineClient(url),
    env,
    output: () => output,
    start,
    stop,
    async kill() {
      up.kill('SIGKILL')
      for (const { pid } of serviceProcesses(home)) killNow(pid)
      await expect.poll(() => serviceProcesses(home)).toEqual([])
    },
    async remove() {
      await stop()
      for (const { pid } of [...serviceProcesses(home), ...engineProcesses(home)]) killNow(pid)
      await rm(home, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone already.
  }
}

/** Processes of the service on a state folder, its database and Temporal included. */
export function serviceProcesses(home: string) {
  return findByEnvironment('REDLINE_SERVICE', home)
}

/** Engines that were started for the service on a state folder. */
export function engineProcesses(home: string) {
  return findByEnvironment('REDLINE_ENGINE_KEY', join(home, 'engines'))
}

/** A request that is over in well under a minute; `change` replaces parts of it. */
export function smallRequest(change: Partial<TuningSpec> = {}): TuningSpec {
  return {
    name: 'small',
    // One thread leaves a core to the load generator and the service.
    engine: { kind: 'llama.cpp', model: 'gemma-3-270m', args: { ctx_size: 4096, threads: 1 } },
    workload: {
      prompts: { synthetic: { inputTokens: 48, outputTokens: 8 } },
      load: { concurrency: 4 },
      duration: '3s',
      warmup: '500ms',
    },
    objective: { maximize: 'output_tokens_per_second' },
    constraints: ['ttft_p90_ms <= 60000'],
    space: {
      parallel: { type: 'integer', low: 1, high: 8, scale: 'power-of-two' },
      ubatch_size: { type: 'integer', low: 32, high: 512, scale: 'power-of-two' },
    },
    rules: ['parallel * 64 <= ubatch_size * 8'],
    budget: { experiments: 2 },
    confirmation: { pairs: 1, finalists: 1 },
    ...change,
  }
}

/** A request for the stand-in engine, of experiments that take half a second; `change` replaces parts of it. */
export function quickRequest(change: Partial<TuningSpec> = {}): TuningSpec {
  return smallRequest({
    name: 'quick',
    engine: { kind: 'llama.cpp', model: 'gemma-3-270m', args: {} },
    workload: {
      prompts: { synthetic: { inputTokens: 16, outputTokens: 4 } },
      load: { concurrency: 4 },
      duration: '300ms',
      warmup: '50ms',
    },
    space: {
      parallel: { type: 'integer', low: 1, high: 64 },
      ubatch_size: { type: 'integer', low: 32, high: 512, scale: 'power-of-two' },
    },
    rules: [],
    budget: { experiments: 4 },
    confirmation: { pairs: 0, finalists: 1 },
    ...change,
  })
}

/** Reads JSON whose shape the expectations check. */
export async function json<Shape>(response: Response | Promise<Response>): Promise<Shape> {
  return (await (await response).json()) as Shape
}

/** Calls of the API that most tests make. */
export function api({ client, url }: TestService) {
  const path = (id: string) => ({ path: { id } })
  return {
    start: (body: TuningSpec) => unwrap(url, client.POST('/api/v1/tunings', { body })),
    read: (id: string): Promise<Tuning> =>
      unwrap(url, client.GET('/api/v1/tunings/{id}', { params: path(id) })),
    experiments: async (id: string): Promise<Experiment[]> =>
      (await unwrap(url, client.GET('/api/v1/tunings/{id}/experiments', { params: path(id) }))).experiments,
    report: (id: string) => unwrap(url, client.GET('/api/v1/tunings/{id}/report', { params: path(id) })),
    act: (id: string, action: ActionName, given: Record<string, unknown> = {}) =>
      actOnTuning({ client, baseUrl: url }, id, action, { ...given, by: 'test' }),
    /** Waits for an event of the tuning that the condition accepts; the stream is followed from its start. */
    event: (id: string, wanted: (event: TuningEvent['event']) => boolean): Promise<TuningEvent> =>
      new Promise((resolve, reject) => {
        const stop = followTuning(url, id, {
          onEvent(event) {
            if (!wanted(event.event)) return
            stop()
            resolve(event)
          },
          onLive: () => undefined,
          onEnd: () => reject(new Error(`tuning ${id} ended without the event that was waited for`)),
        })
      }),
    /** Waits until the tuning is finished and returns all of its events. */
    finished: (id: string): Promise<TuningEvent[]> =>
      new Promise((resolve) => {
        const events: TuningEvent[] = []
        followTuning(url, id, {
          onEvent: (event) => events.push(event),
          onLive: () => undefined,
          onEnd: () => resolve(events),
        })
      }),
  }
}

/** Where the Temporal of a service listens. */
export const temporalAddress = ({ env }: TestService) => `127.0.0.1:${env.REDLINE_TEMPORAL_PORT}`

/** A client of a service's Temporal; its connection is to be closed. */
export async function connectTemporal(service: TestService): Promise<Client> {
  return new Client({ connection: await Connection.connect({ address: temporalAddress(service) }) })
}
