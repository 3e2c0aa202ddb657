import type { Diagnosis } from '../domain/diagnosis.ts'
import { plainDiagnosis } from '../domain/plain-diagnosis.ts'
import type { Configuration } from '../domain/parameter.ts'
import type { ModelShape } from './model-shape.ts'

/** The memory that an engine may fill. */
export interface MemoryPlace {
  kind: 'gpu' | 'cpu'
  /** Bytes of one GPU, or of the host or its container. */
  bytes: number
}

/** Bytes that a start needs at the least in one place. */
export interface MemoryNeed {
  weights: number
  kvCache: number
  /** Share of the place that the engine takes for the two. */
  share: number
}

export const GIB = 2 ** 30
/** What the estimate may be wrong by before a start is refused: a start that could work is never refused. */
const MARGIN = 1.1

/** Bytes of a value by the type of a cache; types that are not here count as the smallest. */
const CACHE_BYTES: Record<string, number> = {
  f32: 4,
  float32: 4,
  f16: 2,
  bf16: 2,
  float16: 2,
  bfloat16: 2,
  auto: 2,
  q8_0: 34 / 32,
  q5_1: 24 / 32,
  q5_0: 22 / 32,
  q4_1: 20 / 32,
  q4_0: 18 / 32,
  iq4_nl: 18 / 32,
  fp8: 1,
  fp8_e4m3: 1,
  fp8_e5m2: 1,
}
const SMALLEST_CACHE_BYTES = 0.5
/** Quantising while loading makes weights at most this much smaller. */
const SMALLEST_QUANTISED = 1 / 8

/** Returns a parameter's number; null when it has none. */
export function numberOf(configuration: Configuration, name: string): number | null {
  const value = configuration[name]
  return typeof value === 'number' ? value : null
}

/** Returns the bytes of a value in a cache of the type that a parameter names, or of `unset`. */
export function cacheBytes(configuration: Configuration, name: string, unset: string): number {
  return CACHE_BYTES[String(configuration[name] ?? unset)] ?? SMALLEST_CACHE_BYTES
}

/** Returns the bytes of a KV cache of so many tokens; none where the tokens or the shape are not known. */
export function kvCacheBytes(
  { keyValues, valueValues }: ModelShape,
  tokens: number | null,
  keyBytes: number,
  valueBytes = keyBytes,
): number {
  return tokens === null || keyValues === null || valueValues === null
    ? 0
    : tokens * (keyValues * keyBytes + valueValues * valueBytes)
}

/** Returns the bytes of the weights as far as a start reads them: fewer when they are quantised, none of dummies. */
export function loadedWeightBytes({ weightBytes }: ModelShape, configuration: Configuration): number {
  if (configuration['load_format'] === 'dummy') return 0
  return (weightBytes ?? 0) * (configuration['quantization'] === undefined ? 1 : SMALLEST_QUANTISED)
}

/** Says that a configuration surely does not fit, with the numbers; null when it may fit or nothing is known. */
export function misfit(need: MemoryNeed | null, place: MemoryPlace): Diagnosis | null {
  if (need === null) return null
  const { weights, kvCache, share } = need
  const have = place.bytes * share
  if (weights + kvCache <= have * MARGIN) return null
  const where = place.kind === 'gpu' ? 'a GPU' : 'the memory'
  return plainDiagnosis(
    'out_of_memory',
    `it cannot fit: weights ${gib(weights)} and KV cache ${gib(kvCache)} in ${gib(have)} of ${where}`,
    weights > have
      ? 'Take a smaller or quantised model, or spread it over more GPUs.'
      : 'Lower the context, or quantise the KV cache.',
  )
}

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`
}
