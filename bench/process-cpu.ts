import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { statOf } from '../runtimes/process-table.ts'

const TICK_MS = 1000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** Returns the CPU time that a process and its children have used, those that are gone included, in ms. */
export function cpuMsOf(pid: number): number {
  const own = readStat(pid)
  const children = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((entry) => readStat(Number(entry)))
    .filter((stat) => stat?.parent === pid)
  const ticks = (own?.goneTicks ?? 0) + [own, ...children].reduce((sum, stat) => sum + (stat?.ticks ?? 0), 0)
  return ticks * TICK_MS
}

/** Returns the memory that a process holds, in MiB. */
export function rssMibOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN) / 1024
}

function readStat(pid: number) {
  const fields = statOf(pid).map(Number)
  if (fields.length === 0) return null
  const [parent = 0] = fields.slice(1)
  const [user = 0, system = 0, goneUser = 0, goneSystem = 0] = fields.slice(11)
  return { parent, ticks: user + system, goneTicks: goneUser + goneSystem }
}
