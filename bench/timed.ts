import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** What a program used, its own children included, and how it ended. */
export interface Timed {
  cpuS: number
  exitCode: number
  /** The last lines that it wrote. */
  output: string
}

const KEPT_LINES = 20
const TIME = `TIMEFORMAT='%U %S'; { time "$0" "$@" 1>&3 2>&3; }`

/** Runs a program to its end and counts its CPU time, start-up included. */
export async function timed(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Timed> {
  const child = spawn('/bin/bash', ['-c', TIME, program, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  let time = ''
  child.stderr?.on('data', (text: Buffer) => (time += text.toString()))
  const written = child.stdio[3]
  if (written && 'read' in written)
    createInterface(written).on('line', (line) => {
      lines.push(line)
      if (lines.length > KEPT_LINES) lines.shift()
    })
  const exitCode = await new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? -1)))
  const [user = NaN, system = NaN] = time.trim().split(/\s+/).slice(-2).map(Number)
  return { cpuS: user + system, exitCode, output: lines.join('\n') }
}
