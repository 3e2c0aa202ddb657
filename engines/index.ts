import type { Configuration } from '../domain/parameter.ts'
import type { EngineSpec } from '../domain/tuning.ts'
import type { Engine } from './engine.ts'
import { llamaCpp } from './llama-cpp.ts'
import { openai } from './openai.ts'
import { program } from './program.ts'
import { sglang } from './sglang.ts'
import { tensorrtLlm } from './tensorrt-llm.ts'
import { vllm } from './vllm.ts'

/** Every engine that Redline can tune, by kind. */
export const ENGINES: Record<EngineSpec['kind'], Engine> = {
  'llama.cpp': llamaCpp,
  vllm,
  sglang,
  'tensorrt-llm': tensorrtLlm,
  openai,
  command: program,
}

/** Returns the values that an engine gives parameters by itself, as far as they are known. */
export function engineDefaults(kind: EngineSpec['kind']): Configuration {
  return Object.fromEntries(
    ENGINES[kind].parameters.flatMap(({ name, default: value }) => (value === null ? [] : [[name, value]])),
  )
}
