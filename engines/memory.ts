import type { Diagnosis } from '../domain/diagnosis.ts'
import { plainDiagnosis } from '../domain/plain-diagnosis.ts'
import type { Configuration } from '../domain/parameter.ts'
import type { EngineSpec } from '../domain/tuning.ts'
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

const GIB = 2 ** 30
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

/**
 * Returns what a configuration needs at the least in one place: its share of the weights, and the KV cache of one
 * sequence (llama.cpp: of the whole context, which it allocates at once). Null when that is not known.
 */
export function memoryNeed(
  kind: EngineSpec['kind'],
  { weightBytes, keyValues, valueValues }: ModelShape,
  configuration: Configuration,
  place: MemoryPlace['kind'],
): MemoryNeed | null {
  const number = (name: string): number | null => {
    const value = configuration[name]
    return typeof value === 'number' ? value : null
  }
  const cacheBytes = (name: string, unset: string): number =>
    CACHE_BYTES[String(configuration[name] ?? unset)] ?? SMALLEST_CACHE_BYTES
  const kvCache = (tokens: number | null, keyBytes: number, valueBytes: number): number =>
    tokens === null || keyValues === null || valueValues === null
      ? 0
      : tokens * (keyValues * keyBytes + valueValues * valueBytes)
  const shrunk = (bytes: number) =>
    configuration['quantization'] === undefined ? bytes : bytes * SMALLEST_QUANTISED

  switch (kind) {
    case 'llama.cpp': {
      // On a GPU it keeps as many layers as fit; the weights of the host are mapped, not read.
      if (place === 'gpu') return null
      const tokens = number('ctx_size')
      const cache = kvCache(tokens, cacheBytes('cache_type_k', 'f16'), cacheBytes('cache_type_v', 'f16'))
      return { weights: 0, kvCache: cache, share: 1 }
    }
    case 'vllm': {
      const parts = (number('tensor_parallel_size') ?? 1) * (number('pipeline_parallel_size') ?? 1)
      const bytes = cacheBytes('kv_cache_dtype', 'auto')
      const onHost = (number('cpu_offload_gb') ?? 0) * GIB
      const stored = configuration['load_format'] === 'dummy' ? 0 : (weightBytes ?? 0)
      return {
        weights: Math.max(0, shrunk(stored) / parts - onHost),
        kvCache: kvCache(number('max_model_len'), bytes, bytes) / parts,
        share: place === 'gpu' ? (number('gpu_memory_utilization') ?? 1) : 1,
      }
    }
    case 'sglang': {
      const parts = (number('tp_size') ?? 1) * (number('pp_size') ?? 1)
      const stored = configuration['load_format'] === 'dummy' ? 0 : (weightBytes ?? 0)
      // Its KV cache takes what is left.
      return { weights: shrunk(stored) / parts, kvCache: 0, share: number('mem_fraction_static') ?? 1 }
    }
    case 'openai':
    case 'command':
      return null
  }
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
