import { spawn } from 'node:child_process'

/** How a child process ended: its exit code, or the signal that ended it. */
export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

export interface StartOptions {
  env: NodeJS.ProcessEnv
  cwd?: string
  /** The user and group to run as; only root may say so. */
  uid?: number
  gid?: number
  /** Called with each line of stdout and stderr, without its end. */
  onLine?: (line: string) => void
}

/** A running child process with its whole process group. */
export interface Child {
  exited: Promise<Exit>
  /** Returns the last 64 KiB of stdout and stderr together. */
  output: () => string
  /** Kills the process group and returns once it is gone; harmless when it has ended already. */
  stop: () => Promise<void>
}

/** A command that ended with anything but exit code 0. */
export class CommandError extends Error {
  readonly exit: Exit
  readonly output: string

  constructor(command: string, exit: Exit, output: string) {
    const tail = output.trim().split('\n').slice(-4).join('\n')
    super(`${command} ${describeExit(exit)}${tail === '' ? '' : `:\n${tail}`}`)
    this.name = 'CommandError'
    this.exit = exit
    this.output = output
  }
}

const OUTPUT_KEPT = 64 * 1024 // characters

// Descriptor 3 closes when this process ends, however it ends; the reader in the group then kills the group.
const WITH_LIFELINE = '(read -r _ <&3; kill -9 -$$) >/dev/null 2>&1 & exec "$@" 3<&-'

/**
 * Starts a command in a process group of its own. The group dies with this process, even when that is killed, and
 * with the command itself. Stdin is empty.
 */
export function start(command: string, args: readonly string[], options: StartOptions): Child {
  const child = spawn('/bin/sh', ['-c', WITH_LIFELINE, 'sh', command, ...args], {
    cwd: options.cwd,
    uid: options.uid,
    gid: options.gid,
    env: options.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue
    let partial = ''
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      output = (output + text).slice(-OUTPUT_KEPT)
      if (options.onLine === undefined) return
      const lines = (partial + text).split(/[\r\n]+/)
      partial = lines.pop() ?? ''
      for (const line of lines) if (line !== '') options.onLine(line)
    })
    stream.on('end', () => {
      if (partial !== '') options.onLine?.(partial)
    })
  }
  // The lifeline's reader is killed with the group: what remains of the pipe is of no interest.
  child.stdio[3]?.on('error', () => undefined)

  const killGroup = () => {
    if (child.pid === undefined) return
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // The group is gone.
    }
  }
  child.on('exit', killGroup)
  const exited = new Promise<Exit>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal }))
  })
  exited.catch(() => undefined)
  return {
    exited,
    output: () => output,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) killGroup()
      await exited.catch(() => undefined)
    },
  }
}

export interface RunOptions extends StartOptions {
  signal?: AbortSignal
  timeoutMs?: number
}

/**
 * Runs a command to its end and returns its output, stdout and stderr together (the last 64 KiB).
 *
 * @throws {CommandError} when it ends with anything but exit code 0; an Error when it runs past its time; the signal's
 * reason when that aborts. The process group is gone by then.
 */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  const { signal, timeoutMs } = options
  signal?.throwIfAborted()
  const child = start(command, args, options)
  const stop = () => void child.stop()
  const timeout = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)
  signal?.addEventListener('abort', stop)
  timeout?.addEventListener('abort', stop)
  const exit = await child.exited.finally(() => {
    signal?.removeEventListener('abort', stop)
    timeout?.removeEventListener('abort', stop)
  })
  signal?.throwIfAborted()
  if (exit.code === 0) return child.output()
  // What the timer says, not the clock: a timer may come a fraction of a millisecond before its time.
  if (timeout?.aborted === true)
    throw new Error(`${command} did not end within ${Number(timeoutMs) / 1000} s`)
  throw new CommandError(command, exit, child.output())
}

/** Writes how a process ended: `exited with code 1`, `was killed by SIGILL (an instruction this CPU lacks)`. */
export function describeExit({ code, signal }: Exit): string {
  if (signal === null) return `exited with code ${code ?? 'unknown'}`
  return `was killed by ${signal}${signal === 'SIGILL' ? ' (it uses instructions that this CPU lacks)' : ''}`
}
