import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { temporaryFolder } from '../tests/folder.ts'
import { readGgufMetadata } from './gguf.ts'
import { hostMemoryBytes, memoryBytes } from './host-memory.ts'
import { ENGINES } from './index.ts'
import { misfit, type MemoryPlace } from './memory.ts'
import type { Configuration } from '../domain/parameter.ts'
import { configShape, ggufShape, readModelShape, type ModelShape } from './model-shape.ts'

const GIB = 2 ** 30
// config.json of Llama 3.1 8B, as far as its caches depend on it.
const LLAMA_8B = {
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  hidden_size: 4096,
  max_position_embeddings: 131_072,
}

test("a real model's header is read, vocabulary and all", async () => {
  const metadata = await readGgufMetadata(inject('model'))
  expect(metadata?.get('general.architecture')).toBe('gemma3')
  expect(metadata?.get('gemma3.block_count')).toBe(18)
  expect(metadata?.get('tokenizer.ggml.tokens')).toEqual({ length: 262_144 })
  // Layers with a window keep less than the formula says: nothing is claimed.
  expect(await readModelShape(inject('model'))).toMatchObject({
    keyValues: null,
    weightBytes: expect.any(Number),
  })
})

test('what is no model has no shape, and does not break anything', async () => {
  const folder = await temporaryFolder()
  const path = join(folder, 'bad.gguf')
  await writeFile(path, 'not a model at all')
  expect(await readModelShape(path)).toBeNull()
  await writeFile(
    path,
    Buffer.concat([Buffer.from('GGUF\x03\x00\x00\x00'), Buffer.alloc(8), Buffer.alloc(8, 255)]),
  )
  expect(await readModelShape(path)).toBeNull()
  expect(await readModelShape(join(folder, 'none'))).toBeNull()
  expect(await readModelShape(folder)).toBeNull()
})

test('the cache of K and V follows from the header', () => {
  const metadata = new Map<string, string | number>([
    ['general.architecture', 'llama'],
    ['llama.block_count', 32],
    ['llama.attention.head_count', 32],
    ['llama.attention.head_count_kv', 8],
    ['llama.embedding_length', 4096],
  ])
  expect(ggufShape(metadata, 5 * GIB)).toEqual({
    weightBytes: 5 * GIB,
    keyValues: 32_768,
    valueValues: 32_768,
  })
})

test('a folder as on Hugging Face tells weights and caches', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'config.json'), JSON.stringify(LLAMA_8B))
  await writeFile(join(folder, 'model.safetensors'), '')
  await truncate(join(folder, 'model.safetensors'), 16 * GIB)
  expect(await readModelShape(folder)).toEqual({
    weightBytes: 16 * GIB,
    keyValues: 32_768,
    valueValues: 32_768,
  })
})

test('caches that are compressed or hold a window are not guessed', () => {
  expect(configShape({ ...LLAMA_8B, kv_lora_rank: 512 }, 1).keyValues).toBeNull()
  expect(configShape({ ...LLAMA_8B, sliding_window: 4096 }, 1).keyValues).toBeNull()
  const types = Array.from({ length: 32 }, (_, layer) =>
    layer % 4 === 3 ? 'full_attention' : 'sliding_attention',
  )
  expect(configShape({ ...LLAMA_8B, layer_types: types }, 1).keyValues).toBe(8 * 8 * 128)
  expect(configShape({ text_config: LLAMA_8B }, 1).keyValues).toBe(32_768)
  expect(configShape({ model_type: 'mamba' }, 7)).toEqual({
    weightBytes: 7,
    keyValues: null,
    valueValues: null,
  })
})

const SHAPE = configShape(LLAMA_8B, 16 * GIB)
const memoryNeed = (
  kind: keyof typeof ENGINES,
  shape: ModelShape,
  configuration: Configuration,
  place: MemoryPlace['kind'],
) => ENGINES[kind].memoryNeed(shape, configuration, place)
const gpu = (gib: number) => ({ kind: 'gpu' as const, bytes: gib * GIB })

test('a model whose weights are larger than the GPU is refused with the numbers', () => {
  const need = memoryNeed('vllm', SHAPE, { gpu_memory_utilization: 0.5 }, 'gpu')
  expect(misfit(need, gpu(24))).toMatchObject({
    kind: 'out_of_memory',
    summary: 'it cannot fit: weights 16.0 GiB and KV cache 0.0 GiB in 12.0 GiB of a GPU',
    advice: expect.stringContaining('more GPUs'),
  })
  expect(misfit(memoryNeed('vllm', SHAPE, { tensor_parallel_size: 2 }, 'gpu'), gpu(12))).toBeNull()
  expect(misfit(memoryNeed('sglang', SHAPE, { mem_fraction_static: 0.5 }, 'gpu'), gpu(24))).not.toBeNull()
})

test('the KV cache of one sequence must fit beside the weights', () => {
  const long = { max_model_len: 131_072 }
  // 131,072 tokens of 128 KiB each.
  expect(memoryNeed('vllm', SHAPE, long, 'gpu')).toMatchObject({ kvCache: 16 * GIB })
  expect(misfit(memoryNeed('vllm', SHAPE, long, 'gpu'), gpu(24))).toMatchObject({
    advice: expect.stringContaining('context'),
  })
  expect(misfit(memoryNeed('vllm', SHAPE, { ...long, kv_cache_dtype: 'fp8' }, 'gpu'), gpu(24))).toBeNull()
})

test('what could fit is not refused: unknown shapes, quantised while loading, weights kept on the host', () => {
  const unknown = { weightBytes: null, keyValues: null, valueValues: null }
  expect(misfit(memoryNeed('vllm', unknown, { max_model_len: 1e9 }, 'gpu'), gpu(1))).toBeNull()
  expect(misfit(memoryNeed('vllm', SHAPE, { quantization: 'fp8' }, 'gpu'), gpu(10))).toBeNull()
  expect(misfit(memoryNeed('vllm', SHAPE, { cpu_offload_gb: 12 }, 'gpu'), gpu(8))).toBeNull()
  expect(misfit(memoryNeed('vllm', SHAPE, { load_format: 'dummy' }, 'gpu'), gpu(1))).toBeNull()
  expect(misfit(memoryNeed('llama.cpp', SHAPE, { ctx_size: 1e9 }, 'gpu'), gpu(1))).toBeNull()
  expect(misfit(memoryNeed('openai', SHAPE, {}, 'cpu'), gpu(1))).toBeNull()
})

test('llama.cpp on a CPU needs its whole context; the weights are mapped', () => {
  const cpu = { kind: 'cpu' as const, bytes: 10 * GIB }
  expect(misfit(memoryNeed('llama.cpp', SHAPE, { ctx_size: 65_536 }, 'cpu'), cpu)).toBeNull()
  expect(misfit(memoryNeed('llama.cpp', SHAPE, { ctx_size: 131_072 }, 'cpu'), cpu)).not.toBeNull()
  const quantised = { ctx_size: 131_072, cache_type_k: 'q8_0', cache_type_v: 'q8_0' }
  expect(misfit(memoryNeed('llama.cpp', SHAPE, quantised, 'cpu'), cpu)).toBeNull()
})

test('the memory of a host is what its group may use, and its swap', async () => {
  const meminfo = 'MemTotal:       24608136 kB\nMemFree: 1 kB\nSwapTotal:       1048576 kB\n'
  expect(memoryBytes(meminfo, 'max\n')).toBe((24_608_136 + 1_048_576) * 1024)
  expect(memoryBytes(meminfo, `${4 * GIB}\n`)).toBe(5 * GIB)
  expect(memoryBytes('', '')).toBeNull()
  expect(await hostMemoryBytes()).toBeGreaterThan(GIB / 2)
})
