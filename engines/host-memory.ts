import { readFile } from 'node:fs/promises'
import { totalmem } from 'node:os'

/** Returns the bytes that a process of this host can fill at the most: memory and swap, within the limit of its group. */
export async function hostMemoryBytes(): Promise<number> {
  const [meminfo, limit] = await Promise.all(
    ['/proc/meminfo', '/sys/fs/cgroup/memory.max'].map((path) => readFile(path, 'utf8').catch(() => '')),
  )
  return memoryBytes(meminfo ?? '', limit ?? '') ?? totalmem()
}

/** Reads /proc/meminfo and the limit of a control group, in which "max" is none; null without the first. */
export function memoryBytes(meminfo: string, limit: string): number | null {
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(meminfo)?.[1] ?? NaN)
  const total = kib('MemTotal') * 1024
  if (Number.isNaN(total)) return null
  const swap = kib('SwapTotal') * 1024
  const most = /^\d+$/.test(limit.trim()) ? Number(limit) : Infinity
  // The group's limit counts memory alone; what it swaps out comes on top.
  return Math.min(total, most) + (Number.isNaN(swap) ? 0 : swap)
}
