import { expect, test } from 'vitest'
import { tensorrtLlm } from './tensorrt-llm.ts'

const exit = { exitCode: 1, signal: null, outOfMemory: false }
const diagnosed = (...lines: string[]) => tensorrtLlm.diagnose(exit, lines)

test('a configuration is written with the flags of trtllm-serve', () => {
  const configuration = {
    max_batch_size: 256,
    enable_chunked_prefill: true,
    kv_cache_free_gpu_memory_fraction: 0.85,
    tp_size: 2,
    pp_size: 2,
  }
  expect(tensorrtLlm.args({ model: 'meta-llama/m', host: '127.0.0.1', port: 8000, configuration })).toEqual([
    ...['serve', 'meta-llama/m', '--host', '127.0.0.1', '--port', '8000'],
    ...['--enable_chunked_prefill', '--kv_cache_free_gpu_memory_fraction', '0.85', '--max_batch_size', '256'],
    ...['--pp_size', '2', '--tp_size', '2'],
  ])
  expect(tensorrtLlm.devicesFor(configuration)).toBe(4)
  expect(tensorrtLlm.image('1.0.0', 1)).toMatchObject({ name: 'nvcr.io/nvidia/tensorrt-llm/release:1.0.0' })
})

test.each([
  [
    'out_of_memory',
    '[07/08/2025-19:47:15] [TRT-LLM] [RANK 1] [E] Failed to initialize executor on rank 1: Executor creation failed due to insufficient GPU memory.',
  ],
  [
    'out_of_memory',
    '[07/22/2025-05:45:38] [TRT-LLM] [E] Failed to initialize executor on rank 0: CUDA out of memory. Tried to allocate 136.00 MiB. GPU 0 has a total capacity of 14.56 GiB of which 58.38 MiB is free.',
  ],
  [
    'invalid_value',
    '[04/17/2026-08:21:45] [TRT-LLM] [E] Failed to parse the arguments for the LLM constructor: 1 validation error for TrtLlmArgs',
  ],
  ['unknown_flag', 'Error: No such option: --max_batch_sizes Did you mean --max_batch_size?'],
  ['invalid_value', "Error: Invalid value for '--max_num_tokens': 'many' is not a valid integer."],
  ['port_in_use', 'RuntimeError: Failed to bind socket to 127.0.0.1:8000: [Errno 98] Address already in use'],
  [
    'model_unreadable',
    'ValueError: The checkpoint you are trying to load has model type `x` but Transformers does not recognize this architecture.',
  ],
])('%s is told from its log', (kind, line) => {
  expect(diagnosed('[TRT-LLM] [I] starting', line)).toMatchObject({ kind, evidence: line })
})

test('what fails once it serves fails under load', () => {
  const line = '[TRT-LLM] [E] Error in event loop: CUDA out of memory. Tried to allocate 1.00 GiB.'
  expect(diagnosed('INFO:     Application startup complete.', line)).toMatchObject({
    kind: 'out_of_memory_under_load',
    advice: expect.stringContaining('kv_cache_free_gpu_memory_fraction'),
  })
})
