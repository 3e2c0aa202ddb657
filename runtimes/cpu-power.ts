import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A whole processor of the machine; its cores, memory and graphics are counted apart beneath it. */
const PACKAGE = /^intel-rapl:\d+$/

/**
 * Watches what the machine's processors draw, by RAPL's counters of energy (Linux, powercap; AMD's have the same name):
 * each reading is their mean power in W since the one before. Null where they cannot be read; most systems let only root.
 */
export function watchCpuPower(folder = '/sys/class/powercap'): () => number | null {
  const counters = readOr([], () => readdirSync(folder).filter((name) => PACKAGE.test(name))).map((name) => ({
    file: join(folder, name, 'energy_uj'),
    range: readOr(0, () => Number(readFileSync(join(folder, name, 'max_energy_range_uj'), 'utf8'))),
  }))
  const read = () =>
    readOr(null, () => ({
      atMs: performance.now(),
      counts: counters.map(({ file }) => Number(readFileSync(file, 'utf8'))),
    }))
  let before = counters.length === 0 ? null : read()
  return () => {
    if (before === null) return null
    const now = read()
    if (now === null) return null
    const microjoules = counters.reduce((sum, { range }, index) => {
      const grown = (now.counts[index] ?? 0) - (before?.counts[index] ?? 0)
      // It begins again at zero when it is full.
      return sum + (grown < 0 ? grown + range : grown)
    }, 0)
    const seconds = (now.atMs - before.atMs) / 1000
    before = now
    return seconds > 0 ? microjoules / 1e6 / seconds : null
  }
}

function readOr<Value>(otherwise: Value, read: () => Value): Value {
  try {
    return read()
  } catch {
    return otherwise
  }
}
