import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Device } from '../domain/device.ts'
import { EngineExit } from '../domain/diagnosis.ts'
import { sizeBytes } from '../domain/size.ts'
import { coresOf, gpuIds } from './devices.ts'
import { engineEnvironment } from './engine-environment.ts'
import { KeptByKey } from './kept-by-key.ts'
import { boundLog, LOG_MOST_BYTES, readPart } from './log-file.ts'
import { oncePerKey } from './once-per-key.ts'
import { limitedCommand } from './process-limits.ts'
import { endProcessGroup, findByEnvironment, isAlive, processIdentity } from './process-table.ts'
import { freePort } from './ports.ts'
import { StartError, type Instance, type Runtime, type StartRequest } from './runtime.ts'

/** Marks every engine's process with its key, so that it is found even when nothing was written down. */
const KEY_VARIABLE = 'REDLINE_ENGINE_KEY'

/** How long an engine may take to end when asked, before it is killed. */
const STOP_GRACE_MS = 10_000

const StateFile = z.object({
  pid: z.int(),
  identity: z.string(),
  port: z.int(),
  command: z.array(z.string()),
})
type StateFile = z.infer<typeof StateFile>

export interface ProcessRuntimeOptions {
  /** What is known of each engine is kept here: `<key>.json`, `<key>.log` and, once it ended, `<key>.exit`. */
  folder: string
  /** Tells engines of this folder from those of other services on the host. */
  owner: string
  /** What a log may grow to. */
  logMostBytes?: number
}

/** Runs engines as processes of this host: each leads its own group, writes to a log file and outlives the worker. */
export function processRuntime(options: ProcessRuntimeOptions): Runtime {
  const { folder, owner, logMostBytes = LOG_MOST_BYTES } = options
  const logPath = (key: string) => join(folder, `${key}.log`)
  const states = new KeptByKey(folder, 'json', StateFile)
  const exits = new KeptByKey(folder, 'exit', EngineExit)
  const mark = (key: string) => `${owner}/${key}`
  /** Keys whose end is wanted: nothing is written down of them any more. */
  const stopped = new Set<string>()
  /** The ends of engines that this process started itself. */
  const ends = new Map<string, Promise<EngineExit>>()

  /** Whoever sees an engine end writes down how, unless another worker stopped it: then nothing must come back. */
  async function keepExit(key: string, exit: EngineExit): Promise<void> {
    if (stopped.has(key) || (await states.get(key)) === null) return
    await exits.set(key, exit)
    if ((await states.get(key)) === null) await exits.remove(key)
  }

  function instance(key: string, { port, command, pid, identity }: StateFile): Instance {
    const running = isAlive({ pid, identity })
    const baseUrl = `http://127.0.0.1:${port}`
    return { key, baseUrl, address: null, command, running, exit: null, container: null }
  }

  async function find(key: string): Promise<Instance | null> {
    const state = await states.get(key)
    if (state === null) return null
    await boundLog(logPath(key), logMostBytes)
    const found = instance(key, state)
    if (found.running) return found
    // Gone a moment ago: how it ended is known before it is written down.
    return { ...found, exit: (await ends.get(key)) ?? (await exits.get(key)) }
  }

  /** Ends processes that were started under a key without being written down: the worker died in between. */
  async function endUnrecorded(key: string): Promise<void> {
    for (const process of findByEnvironment(KEY_VARIABLE, mark(key))) {
      if (process.value === mark(key)) await endProcessGroup(process, STOP_GRACE_MS)
    }
  }

  async function start({ key, spec, program, args, env, devices }: StartRequest): Promise<Instance> {
    if (program === null) throw new TypeError('a process needs a program')
    const existing = await find(key)
    if (existing !== null) return existing
    stopped.delete(key)
    await endUnrecorded(key)
    await mkdir(folder, { recursive: true })

    const port = await freePort()
    const command = [program, ...args({ host: '127.0.0.1', port })]
    const environment: Record<string, string | undefined> = {
      ...engineEnvironment(),
      ...env,
      ...gpuEnvironment(devices),
      [KEY_VARIABLE]: mark(key),
    }
    const memory = spec.kind === 'process' ? spec.memory : undefined
    const limits = {
      cores: coresOf(devices),
      memoryBytes: memory === undefined ? null : sizeBytes(memory),
    }
    const [executed = program, ...rest] = await limitedCommand(command, limits, environment.PATH ?? '')
    await exits.remove(key)
    await rm(logPath(key), { force: true })
    // Appending lets the log be cut while the engine writes.
    const log = await open(logPath(key), 'a')
    try {
      const child = spawn(executed, rest, {
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
        env: environment,
      })
      const exited = new Promise<EngineExit>((resolve) => {
        child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }))
      })
      ends.set(key, exited)
      await once(child, 'spawn').catch((error: unknown) => {
        ends.delete(key)
        throw new StartError('not_installed', `${program} could not be started`, String(error))
      })
      child.unref()
      const { pid } = child
      if (pid === undefined) throw new Error(`${program} has no process`)
      const state: StateFile = { pid, identity: processIdentity(pid) ?? 'gone', port, command }
      await states.set(key, state)
      // Not kept, as on a full disk, an end is one that nobody saw.
      exited.then((exit) => keepExit(key, exit)).catch(() => undefined)
      return instance(key, state)
    } finally {
      await log.close()
    }
  }

  async function stop(key: string): Promise<void> {
    stopped.add(key)
    const state = await states.get(key)
    if (state !== null) await endProcessGroup(state, STOP_GRACE_MS)
    await endUnrecorded(key)
    ends.delete(key)
    await states.remove(key)
    await exits.remove(key)
    await rm(logPath(key), { force: true })
  }

  async function list(): Promise<string[]> {
    const recorded = await states.keys()
    for (const key of recorded) await boundLog(logPath(key), logMostBytes)
    const marked = findByEnvironment(KEY_VARIABLE, mark('')).map(({ value }) => value.slice(mark('').length))
    return [...new Set([...recorded, ...marked])]
  }

  return {
    available: () => Promise.resolve(true),
    start: oncePerKey(start),
    find,
    readLog: (key, offset, maxBytes) => readPart(logPath(key), offset, maxBytes),
    stop,
    list,
  }
}

/** What hides the GPUs that the engine does not hold. Without devices there is nothing to hide. */
function gpuEnvironment(devices: Device[]): Record<string, string> {
  return devices.length === 0 ? {} : { CUDA_VISIBLE_DEVICES: gpuIds(devices).join(',') }
}
