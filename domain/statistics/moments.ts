/** Returns the mean; NaN of nothing. */
export function meanOf(values: ArrayLike<number>): number {
  let sum = 0
  for (let index = 0; index < values.length; index += 1) sum += values[index] ?? 0
  return sum / values.length
}

/** Returns the variance of a sample, with n - 1. */
export function varianceOf(values: ArrayLike<number>, mean = meanOf(values)): number {
  let sum = 0
  for (let index = 0; index < values.length; index += 1) sum += ((values[index] ?? 0) - mean) ** 2
  return sum / (values.length - 1)
}
