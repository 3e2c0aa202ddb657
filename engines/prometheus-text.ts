/** Samples of a page in Prometheus' text format: the sum over all label sets, by name. */
export type MetricSums = Map<string, number>

/** A name, labels in braces whose quoted values may hold braces, a value, perhaps a time. */
const SAMPLE = /^([a-zA-Z_:][\w:]*)\s*(?:\{(?:[^"}]|"(?:\\.|[^"\\])*")*\})?\s+(\S+)(?:\s+-?\d+)?\s*$/

/**
 * Reads a page in Prometheus' text format and adds up each name's samples over their labels, as for engines that
 * count each worker or finish reason apart. Null for a page that is none: some line is neither a comment nor a sample.
 */
export function metricSums(text: string): MetricSums | null {
  const sums: MetricSums = new Map()
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const [, name, written] = SAMPLE.exec(line) ?? []
    const value = written === undefined ? NaN : valueOf(written)
    if (name === undefined || (Number.isNaN(value) && !/^nan$/i.test(written ?? ''))) return null
    if (!Number.isNaN(value)) sums.set(name, (sums.get(name) ?? 0) + value)
  }
  return sums
}

function valueOf(written: string): number {
  const infinite = /^([+-]?)inf$/i.exec(written)
  return infinite === null ? Number(written) : infinite[1] === '-' ? -Infinity : Infinity
}
