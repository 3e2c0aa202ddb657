import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

const PROC = existsSync('/proc/self/stat')

/**
 * Returns a text that tells this process from any other that gets the same pid later (its start time); null when no
 * process has the pid. A zombie counts as gone.
 */
export function processIdentity(pid: number): string | null {
  if (!PROC) return ps(['-o', 'lstart=', '-p', String(pid)])?.trim() ?? null
  const [state, ...fields] = statOf(pid)
  return state === 'Z' || state === 'X' ? null : (fields[18] ?? null)
}

/** Returns the fields of a process in /proc from its state on (the third of proc(5)); none when it is gone. */
export function statOf(pid: number): string[] {
  try {
    // The name in parentheses may hold spaces: what follows it starts at the last parenthesis.
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
  } catch {
    return []
  }
}

/** A process as remembered: its pid and what tells it from a later one. */
export interface ProcessRef {
  pid: number
  identity: string
}

/** Returns whether this very process still runs. */
export function isAlive({ pid, identity }: ProcessRef): boolean {
  return processIdentity(pid) === identity
}

/** Returns the processes whose environment sets `name` to a value that starts with `prefix`. */
export function findByEnvironment(name: string, prefix: string): (ProcessRef & { value: string })[] {
  const wanted = `${name}=${prefix}`
  return environments().flatMap(({ pid, entries }) => {
    const entry = entries.find((text) => text.startsWith(wanted))
    const identity = entry === undefined ? null : processIdentity(pid)
    return entry === undefined || identity === null
      ? []
      : [{ pid, identity, value: entry.slice(name.length + 1) }]
  })
}

function environments(): { pid: number; entries: string[] }[] {
  if (!PROC) {
    return (ps(['-axEww', '-o', 'pid=,command=']) ?? '').split('\n').map((line) => {
      const [pid = '', ...entries] = line.trim().split(/\s+/)
      return { pid: Number(pid), entries }
    })
  }
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((pid) => ({ pid: Number(pid), entries: environmentOf(pid) }))
}

/** Returns the variables that a process was started with, as NAME=value; none of one that may not be seen. */
export function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
  } catch {
    // Another user's process, or one that just ended.
    return []
  }
}

function ps(args: string[]): string | null {
  try {
    return execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return null
  }
}

/**
 * Ends a process that leads a group, and the whole group: asks with SIGTERM, waits, insists with SIGKILL.
 * Returns when it is gone.
 */
export async function endProcessGroup(process: ProcessRef, graceMs: number): Promise<void> {
  if (!isAlive(process)) return
  signalGroup(process.pid, 'SIGTERM')
  if (await goneWithin(process, graceMs)) return
  signalGroup(process.pid, 'SIGKILL')
  if (!(await goneWithin(process, 30_000)))
    throw new Error(`process ${process.pid} does not end, even on SIGKILL`)
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, signal)
    } catch {
      // No such group or process: what was wanted.
    }
  }
}

async function goneWithin(process: ProcessRef, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms
  while (isAlive(process)) {
    if (performance.now() > deadline) return false
    await setTimeout(20)
  }
  return true
}
