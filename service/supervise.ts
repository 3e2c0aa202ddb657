import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { messageOf } from '../domain/message-of.ts'
import { findByEnvironment, isAlive, type ProcessRef } from '../runtimes/process-table.ts'

/** Marks every process of a service with its state folder, so that a later start finds what a kill left. */
export const SERVICE_VARIABLE = 'REDLINE_SERVICE'

export interface ProcessSpec {
  name: string
  command: string
  args: string[]
  env: NodeJS.ProcessEnv
  cwd?: string
  uid?: number
  gid?: number
  stopSignal?: NodeJS.Signals
  /** Standard output and error are appended to it. */
  logFile: string
  /** A Node process of ours: it ends by itself when this one is gone. */
  ours?: boolean
}

const RESTART_AFTER_MS = 1000
const STOP_GRACE_MS = 15_000

/** A process that is started again whenever it ends, until it is stopped. */
export interface Supervised {
  /** Ends it once; it is started again. */
  restart(): void
  stop(): Promise<void>
}

/** Starts a process and keeps it running; `onExit` hears of every end that was not asked for. */
export function supervise(spec: ProcessSpec, onExit: (how: string) => void): Supervised {
  const stopping = new AbortController()
  let child: ChildProcess | null = null
  let restarting = false

  const running = (async () => {
    while (!stopping.signal.aborted) {
      child = start(spec)
      const how = await ended(child)
      if (stopping.signal.aborted) return
      if (!restarting) {
        onExit(how)
        await setTimeout(RESTART_AFTER_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
      }
      restarting = false
    }
  })()

  const end = () => void child?.kill(spec.stopSignal ?? 'SIGTERM')
  return {
    restart() {
      restarting = true
      end()
    },
    async stop() {
      stopping.abort()
      end()
      const tooLong = new AbortController()
      void setTimeout(STOP_GRACE_MS, undefined, { signal: tooLong.signal, ref: false })
        .then(() => child?.kill('SIGKILL'))
        .catch(() => undefined)
      await running
      tooLong.abort()
    },
  }
}

function start({ command, args, env, cwd, uid, gid, logFile, ours }: ProcessSpec): ChildProcess {
  const log = openSync(logFile, 'a')
  try {
    return spawn(command, args, {
      // Its own group: Ctrl-C in the terminal reaches the supervisor alone, which stops all in order.
      detached: true,
      stdio: ['ignore', log, log, ...(ours === true ? (['ipc'] as const) : [])],
      env,
      ...(cwd === undefined ? {} : { cwd }),
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    })
  } finally {
    closeSync(log)
  }
}

async function ended(child: ChildProcess): Promise<string> {
  try {
    await once(child, 'exit')
    return child.signalCode === null
      ? `exited with code ${child.exitCode}`
      : `was ended by ${child.signalCode}`
  } catch (error) {
    return messageOf(error)
  }
}

/** Ends whatever an earlier service on this state folder left running. */
export async function endLeftovers(home: string): Promise<void> {
  const left = () =>
    findByEnvironment(SERVICE_VARIABLE, home).filter(
      ({ value, pid }) => value === home && pid !== process.pid,
    )
  // SIGINT is an orderly stop for Temporal, for our processes, and the fast one for Postgres.
  await signalUntilGone(left(), 'SIGINT', 10_000)
  await signalUntilGone(left(), 'SIGKILL', 10_000)
}

async function signalUntilGone(
  processes: ProcessRef[],
  signal: NodeJS.Signals,
  patienceMs: number,
): Promise<void> {
  for (const { pid } of processes) {
    try {
      process.kill(pid, signal)
    } catch {
      // Gone already.
    }
  }
  const deadline = performance.now() + patienceMs
  while (processes.some(isAlive) && performance.now() < deadline) await setTimeout(50)
}
