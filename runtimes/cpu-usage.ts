import { readdirSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { environmentOf, statOf } from './process-table.ts'

/** CPU time spent, in units of which a core has `total`'s growth over a time. */
interface Spent {
  /** Worked: user and system, guests included; what the kernel did for devices is nobody's. */
  busy: number
  /** Taken by other machines on the same hardware. */
  stolen: number
  total: number
}

/** Share of the cores over the time since the last reading. */
export interface CpuUsage {
  /** Of all cores. */
  busy: number
  /** Of the engine's cores, by neither the engine nor Redline; null when no process of the engine is seen. */
  others: number | null
}

/** What a process belongs to: `engine` is the one watched, `ours` Redline's service and its other engines. */
type Owner = 'engine' | 'ours' | 'others'

export interface CpuWatchOptions {
  /** The cores that the engine may use, as taskset writes them; null: all. */
  cores: string | null
  /** Whether the engine watched is marked so in its environment (REDLINE_ENGINE_KEY). */
  isEngine: (key: string) => boolean
  /** The container in which it runs instead. */
  container: string | null
}

const OURS = ['REDLINE_SERVICE=', 'REDLINE_ENGINE_KEY=']
const KEY = 'REDLINE_ENGINE_KEY='

/** Watches how the cores are used; each reading is of the time since the one before. */
export function watchCpu(options: CpuWatchOptions): () => CpuUsage {
  const wanted = options.cores === null ? null : coreSet(options.cores)
  const processes = new ProcessWatch(options)
  let before = readCores()
  processes.spent()
  return () => {
    const now = readCores()
    const spent = processes.spent()
    const all = between(before, now, null)
    const engines = wanted === null ? all : between(before, now, wanted)
    before = now
    if (all.total <= 0 || engines.total <= 0) return { busy: 0, others: null }
    // Others anywhere, and what is not the engine on its cores: each is at least what others took there.
    const anywhere = all.busy + all.stolen - spent.engine - spent.ours
    const there = engines.busy + engines.stolen - spent.engine
    const others = Math.max(0, Math.min(anywhere, there)) / engines.total
    return {
      busy: Math.min(1, all.busy / all.total),
      others: processes.seesEngine ? Math.min(1, others) : null,
    }
  }
}

/** Returns the cores of a list such as 0-3,8. */
export function coreSet(list: string): Set<number> {
  return new Set(
    list.split(',').flatMap((part) => {
      const [first = 0, last = first] = part.split('-').map(Number)
      return Array.from({ length: last - first + 1 }, (_, index) => first + index)
    }),
  )
}

function between(before: Map<number, Spent>, now: Map<number, Spent>, wanted: Set<number> | null): Spent {
  const sum = { busy: 0, stolen: 0, total: 0 }
  for (const [core, spent] of now) {
    const was = before.get(core)
    if (was === undefined || (wanted !== null && !wanted.has(core))) continue
    sum.busy += spent.busy - was.busy
    sum.stolen += spent.stolen - was.stolen
    sum.total += spent.total - was.total
  }
  return sum
}

/** In clock ticks by /proc/stat; elsewhere in milliseconds. */
function readCores(): Map<number, Spent> {
  const text = readOrNull('/proc/stat')
  if (text === null) {
    return new Map(
      cpus().map(({ times: { user, nice, sys, idle, irq } }, core) => [
        core,
        { busy: user + nice + sys, stolen: 0, total: user + nice + sys + idle + irq },
      ]),
    )
  }
  return new Map(
    [...text.matchAll(/^cpu(\d+) (.*)$/gm)].map(([, core, fields = '']) => {
      // guest and guest_nice, the last two, are counted in user and nice.
      const times = fields.trim().split(/\s+/).map(Number).slice(0, 8)
      const [user = 0, nice = 0, system = 0, , , , , stolen = 0] = times
      return [
        Number(core),
        { busy: user + nice + system, stolen, total: times.reduce((sum, time) => sum + time, 0) },
      ]
    }),
  )
}

interface ProcessTimes {
  parent: number
  group: number
  /** Its own alone: that of children that ended comes all at once, with what was counted of them already. */
  ticks: number
}

/** Adds up the CPU time of processes by owner; nothing is seen without /proc. */
class ProcessWatch {
  readonly #options: CpuWatchOptions
  readonly #owners = new Map<number, Owner>()
  readonly #last = new Map<number, number>()
  #first = true
  seesEngine = false

  constructor(options: CpuWatchOptions) {
    this.#options = options
  }

  /** Returns the ticks since the last call. */
  spent(): { engine: number; ours: number } {
    const sums = { engine: 0, ours: 0 }
    const alive = processIds()
    for (const pid of alive) {
      const owner = this.#ownerOf(pid)
      if (owner === 'others') continue
      const times = processTimes(pid)
      if (times === null) continue
      // One that began since the last look counts whole; what was spent before the first look does not.
      const since = this.#last.get(pid) ?? (this.#first ? times.ticks : 0)
      sums[owner] += Math.max(0, times.ticks - since)
      this.#last.set(pid, times.ticks)
    }
    const still = new Set(alive)
    for (const pid of [...this.#owners.keys()]) {
      if (still.has(pid)) continue
      this.#owners.delete(pid)
      this.#last.delete(pid)
    }
    this.#first = false
    this.seesEngine = [...this.#owners.values()].includes('engine')
    return sums
  }

  #ownerOf(pid: number): Owner {
    const known = this.#owners.get(pid)
    if (known !== undefined) return known
    this.#owners.set(pid, 'others')
    const owner = this.#findOwner(pid)
    this.#owners.set(pid, owner)
    return owner
  }

  #findOwner(pid: number): Owner {
    if (pid === process.pid) return 'ours'
    const { container, isEngine } = this.#options
    if (container !== null && (readOrNull(`/proc/${pid}/cgroup`)?.includes(container) ?? false))
      return 'engine'
    const entries = environmentOf(String(pid))
    const key = entries.find((entry) => entry.startsWith(KEY))?.slice(KEY.length)
    if (key !== undefined && isEngine(key)) return 'engine'
    if (entries.some((entry) => OURS.some((mark) => entry.startsWith(mark)))) return 'ours'
    // A process that renames itself, as vLLM's and PostgreSQL's do, writes over its environment.
    const times = processTimes(pid)
    if (times === null) return 'others'
    const relatives = [times.parent, times.group].filter(
      (relative) => ![0, 1, pid, process.pid].includes(relative),
    )
    return (
      relatives.map((relative) => this.#ownerOf(relative)).find((owner) => owner !== 'others') ?? 'others'
    )
  }
}

function processIds(): number[] {
  try {
    return readdirSync('/proc')
      .flatMap((entry) => (/^\d+$/.test(entry) ? Number(entry) : []))
      .sort((a, b) => a - b)
  } catch {
    return []
  }
}

function processTimes(pid: number): ProcessTimes | null {
  const fields = statOf(pid)
  if (fields.length === 0) return null
  const [parent = 0, group = 0] = fields.slice(1, 3).map(Number)
  const ticks = fields.slice(11, 13).reduce((sum, field) => sum + Number(field), 0)
  return { parent, group, ticks }
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
