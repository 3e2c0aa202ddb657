import { readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { readGgufMetadata, type GgufMetadata } from './gguf.ts'

/** What the memory of a model depends on, as far as its files tell. */
export interface ModelShape {
  /** Bytes of the weights as they are stored; null when they are not here. */
  weightBytes: number | null
  /** Values that a token keeps in the caches of K and of V, over all layers that attend to everything; null: unknown. */
  keyValues: number | null
  valueValues: number | null
}

const UNKNOWN: ModelShape = { weightBytes: null, keyValues: null, valueValues: null }

/** Reads the shape of a model from a GGUF file, or a folder as on Hugging Face; null where nothing is known of it. */
export async function readModelShape(model: string): Promise<ModelShape | null> {
  const info = await stat(model).catch(() => null)
  if (info === null) return null
  if (info.isDirectory()) return readFolder(model)
  const metadata = await readGgufMetadata(model)
  return metadata === null ? null : ggufShape(metadata, info.size)
}

/** Returns the shape that a GGUF header tells. */
export function ggufShape(metadata: GgufMetadata, fileBytes: number): ModelShape {
  // A model of several files has more weights than the first holds: never less.
  const shape: ModelShape = { ...UNKNOWN, weightBytes: fileBytes }
  const architecture = metadata.get('general.architecture')
  if (typeof architecture !== 'string') return shape
  const number = (key: string): number | null => {
    const found = metadata.get(`${architecture}.${key}`)
    return typeof found === 'number' && found > 0 ? found : null
  }
  const layers = number('block_count')
  const heads = number('attention.head_count')
  const embedding = number('embedding_length')
  // Layers that differ, or that keep a window or a state only, are written as lists or with keys of their own.
  const special = [...metadata.keys()].some((key) =>
    /\.(?:ssm\.|attention\.sliding_window|attention\.kv_lora_rank|full_attention_interval|wkv\.)/.test(key),
  )
  const kvHeads = metadata.has(`${architecture}.attention.head_count_kv`)
    ? number('attention.head_count_kv')
    : heads
  if (special || layers === null || kvHeads === null) return shape
  const perHead = heads === null || embedding === null ? null : embedding / heads
  const keyLength = number('attention.key_length') ?? perHead
  const valueLength = number('attention.value_length') ?? perHead
  return {
    ...shape,
    keyValues: keyLength === null ? null : layers * kvHeads * keyLength,
    valueValues: valueLength === null ? null : layers * kvHeads * valueLength,
  }
}

const Count = z.number().int().positive()
const TextConfig = z.object({
  num_hidden_layers: Count,
  num_attention_heads: Count,
  num_key_value_heads: Count.nullish(),
  hidden_size: Count,
  head_dim: Count.nullish(),
  layer_types: z.array(z.string()).nullish(),
  sliding_window: z.number().nullish(),
  kv_lora_rank: z.number().nullish(),
})
const Config = z.union([
  z.object({ text_config: TextConfig }).transform((config) => config.text_config),
  TextConfig,
])
const SafetensorsIndex = z.object({ metadata: z.object({ total_size: z.number() }) })

async function readFolder(folder: string): Promise<ModelShape | null> {
  const json = async (name: string): Promise<unknown> => {
    try {
      return JSON.parse(await readFile(join(folder, name), 'utf8'))
    } catch {
      return null
    }
  }
  const config = await json('config.json')
  if (config === null) return null
  return configShape(config, await weightBytes(folder, await json('model.safetensors.index.json')))
}

/** Returns the shape that a config.json of Hugging Face tells. */
export function configShape(config: unknown, weights: number | null): ModelShape {
  const shape: ModelShape = { ...UNKNOWN, weightBytes: weights }
  const parsed = Config.safeParse(config)
  if (!parsed.success) return shape
  const { data } = parsed
  const layers =
    data.layer_types?.filter((type) => type === 'full_attention').length ?? data.num_hidden_layers
  // A cache that is compressed, or that holds a window only, is smaller than the formula.
  if (data.kv_lora_rank != null || (data.sliding_window != null && data.layer_types == null)) return shape
  const perHead = data.head_dim ?? data.hidden_size / data.num_attention_heads
  const values = layers * (data.num_key_value_heads ?? data.num_attention_heads) * perHead
  return { ...shape, keyValues: values, valueValues: values }
}

async function weightBytes(folder: string, index: unknown): Promise<number | null> {
  const parsed = SafetensorsIndex.safeParse(index)
  if (parsed.success) return parsed.data.metadata.total_size
  const files = (await readdir(folder)).filter((name) => name.endsWith('.safetensors'))
  if (files.length === 0) return null
  const sizes = await Promise.all(files.map((name) => stat(join(folder, name))))
  return sizes.reduce((sum, { size }) => sum + size, 0)
}
