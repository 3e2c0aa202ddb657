import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { EngineExit } from '../domain/diagnosis.ts'
import { endProcessGroup, findByEnvironment, isAlive, processIdentity } from './process-table.ts'
import { freePort } from './ports.ts'
import { ProgramError, type Instance, type Runtime, type StartRequest } from './runtime.ts'

/** Marks every engine's process with its key, so that it is found even when nothing was written down. */
const KEY_VARIABLE = 'REDLINE_ENGINE_KEY'

/** How long an engine may take to end when asked, before it is killed. */
const STOP_GRACE_MS = 10_000

const StateFile = z.object({
  pid: z.int(),
  identity: z.string(),
  port: z.int(),
  command: z.array(z.string()),
  exit: EngineExit.nullable(),
})
type StateFile = z.infer<typeof StateFile>

/**
 * Runs engines as processes of this host: each leads its own group, writes to a log file and outlives the worker.
 * What is known of one is kept in `folder`: `<key>.json` and `<key>.log`; `owner` tells engines of this folder from
 * those of other services on the host.
 */
export function processRuntime({ folder, owner }: { folder: string; owner: string }): Runtime {
  const logPath = (key: string) => join(folder, `${key}.log`)
  const statePath = (key: string) => join(folder, `${key}.json`)
  const mark = (key: string) => `${owner}/${key}`
  /** Keys whose end is wanted: nothing is written down of them any more. */
  const stopped = new Set<string>()
  /** The ends of engines that this process started itself. */
  const ends = new Map<string, Promise<EngineExit>>()

  async function readState(key: string): Promise<StateFile | null> {
    const text = await readFile(statePath(key), 'utf8').catch(() => null)
    return text === null ? null : StateFile.parse(JSON.parse(text))
  }

  async function writeState(key: string, state: StateFile): Promise<void> {
    const temporary = `${statePath(key)}.${process.pid}.tmp`
    await writeFile(temporary, JSON.stringify(state))
    await rename(temporary, statePath(key))
  }

  function instance(key: string, { port, command, pid, identity, exit }: StateFile): Instance {
    return { key, baseUrl: `http://127.0.0.1:${port}`, command, running: isAlive({ pid, identity }), exit }
  }

  async function find(key: string): Promise<Instance | null> {
    const state = await readState(key)
    if (state === null) return null
    const found = instance(key, state)
    // Gone a moment ago: how it ended is known before it is written down.
    const exit = found.running ? null : (found.exit ?? (await ends.get(key)) ?? null)
    return { ...found, exit }
  }

  /** Ends processes that were started under a key without being written down: the worker died in between. */
  async function endUnrecorded(key: string): Promise<void> {
    for (const process of findByEnvironment(KEY_VARIABLE, mark(key))) {
      if (process.value === mark(key)) await endProcessGroup(process, STOP_GRACE_MS)
    }
  }

  async function start({ key, program, args, env }: StartRequest): Promise<Instance> {
    const existing = await find(key)
    if (existing !== null) return existing
    stopped.delete(key)
    await endUnrecorded(key)
    await mkdir(folder, { recursive: true })

    const port = await freePort()
    const command = [program, ...args({ host: '127.0.0.1', port })]
    const log = await open(logPath(key), 'w')
    try {
      const child = spawn(program, command.slice(1), {
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
        env: { ...engineEnvironment(), ...env, [KEY_VARIABLE]: mark(key) },
      })
      const exited = new Promise<EngineExit>((resolve) => {
        child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }))
      })
      ends.set(key, exited)
      await once(child, 'spawn').catch((error: unknown) => {
        ends.delete(key)
        throw new ProgramError(`${program} could not be started`, { cause: error })
      })
      child.unref()
      const { pid } = child
      if (pid === undefined) throw new ProgramError(`${program} could not be started`)
      const state: StateFile = { pid, identity: processIdentity(pid) ?? 'gone', port, command, exit: null }
      await writeState(key, state)
      // Whoever sees it end first writes down how; after the worker's own end nobody does.
      void exited.then(async (exit) => {
        if (!stopped.has(key) && existsSync(statePath(key))) await writeState(key, { ...state, exit })
      })
      return instance(key, state)
    } finally {
      await log.close()
    }
  }

  async function readLog(key: string, offset: number, maxBytes: number): Promise<Buffer> {
    const file = await open(logPath(key), 'r').catch(() => null)
    if (file === null) return Buffer.alloc(0)
    try {
      const start = offset >= 0 ? offset : Math.max(0, (await file.stat()).size + offset)
      const buffer = Buffer.alloc(maxBytes)
      const { bytesRead } = await file.read(buffer, 0, maxBytes, start)
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  }

  async function stop(key: string): Promise<void> {
    stopped.add(key)
    const state = await readState(key)
    if (state !== null) await endProcessGroup(state, STOP_GRACE_MS)
    await endUnrecorded(key)
    ends.delete(key)
    await rm(statePath(key), { force: true })
    await rm(logPath(key), { force: true })
  }

  async function list(): Promise<string[]> {
    const files = await readdir(folder).catch(() => [])
    const recorded = files
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -'.json'.length))
    const marked = findByEnvironment(KEY_VARIABLE, mark('')).map(({ value }) => value.slice(mark('').length))
    return [...new Set([...recorded, ...marked])]
  }

  return { start, find, readLog, stop, list }
}

/** The service's own environment without what only concerns the service: addresses and passwords of its stores. */
function engineEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(REDLINE_|TEMPORAL_|DATABASE_URL$|PG)/.test(name)),
  )
}
