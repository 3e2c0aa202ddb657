import type { MachineSample } from './machine-record.ts'

/** nvidia-smi takes a moment until it tells something: power must be known for this share of the time. */
const LEAST_KNOWN = 0.8

/**
 * Returns the energy in J that the engine's GPUs took over the samples, or without GPUs the machine's processors: the mean
 * power of the samples that tell it, times all their time. Null when too few tell it.
 */
export function joulesOf(samples: readonly MachineSample[]): number | null {
  const onGpus = samples.some(({ gpus }) => gpus.length > 0)
  const total = { ms: 0, knownMs: 0, millijoules: 0 }
  for (const sample of samples) {
    const watts = onGpus ? gpuWatts(sample) : sample.cpuPowerW
    total.ms += sample.spanMs
    if (watts === null) continue
    total.knownMs += sample.spanMs
    total.millijoules += watts * sample.spanMs
  }
  if (total.knownMs === 0 || total.knownMs < LEAST_KNOWN * total.ms) return null
  return (total.millijoules / total.knownMs / 1000) * total.ms
}

function gpuWatts({ gpus }: MachineSample): number | null {
  if (gpus.length === 0) return null
  return gpus.reduce<number | null>(
    (sum, { powerW }) => (sum === null || powerW === null ? null : sum + powerW),
    0,
  )
}
