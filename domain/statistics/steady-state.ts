const BATCH = 5

/**
 * Returns how many members at the start of a series belong to its warm-up, by MSER-5 (White, Simulation 69, 1997;
 * White, Cobb and Spratt, 2000): the cut that makes the standard error of the mean of the rest least, over batches of
 * five. Null when that cut lies in the second half: the series has no steady part to speak of.
 */
export function warmUpLength(series: readonly number[]): number | null {
  const batches = Math.floor(series.length / BATCH)
  if (batches < 4) return 0
  const means = Array.from(
    { length: batches },
    (_, batch) =>
      series.slice(batch * BATCH, (batch + 1) * BATCH).reduce((sum, value) => sum + value, 0) / BATCH,
  )
  let best = { cut: 0, error: Infinity }
  // From the end, so that sums grow by one batch at a time (Welford's recurrence).
  let count = 0
  let mean = 0
  let squares = 0
  for (let cut = batches - 1; cut >= 0; cut -= 1) {
    const value = means[cut] ?? 0
    count += 1
    const difference = value - mean
    mean += difference / count
    squares += difference * (value - mean)
    // A handful of batches at the end may be alike by chance.
    if (count < BATCH) continue
    const error = squares / (count * count)
    if (error <= best.error) best = { cut, error }
  }
  return best.cut > batches / 2 ? null : best.cut * BATCH
}
