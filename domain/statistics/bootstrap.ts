/**
 * Returns an interval for a statistic of a series whose members depend on their neighbours, by the moving-block
 * bootstrap (Künsch, Annals of Statistics 17, 1989): new series are drawn in blocks of neighbours, and the interval is
 * that of the percentiles of their statistics. `unit` gives random numbers in [0, 1). Null for fewer members than two
 * blocks.
 */
export function blockBootstrap(
  series: readonly number[],
  statistic: (sample: Float64Array) => number,
  unit: () => number,
  { block = Math.ceil(series.length ** (1 / 3)), resamples = 1000, confidence = 0.95 } = {},
): { low: number; high: number } | null {
  const n = series.length
  if (n < 2 * block || block < 1) return null
  const sample = new Float64Array(n)
  const statistics = new Float64Array(resamples)
  for (let draw = 0; draw < resamples; draw += 1) {
    for (let at = 0; at < n; at += block) {
      const start = Math.floor(unit() * (n - block + 1))
      for (let offset = 0; offset < block && at + offset < n; offset += 1)
        sample[at + offset] = series[start + offset] ?? 0
    }
    statistics[draw] = statistic(sample)
  }
  statistics.sort()
  const at = (p: number) =>
    statistics[Math.min(resamples - 1, Math.max(0, Math.round(p * resamples - 0.5)))] ?? NaN
  const tail = (1 - confidence) / 2
  return { low: at(tail), high: at(1 - tail) }
}
