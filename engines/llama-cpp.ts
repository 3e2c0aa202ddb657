import type { EngineParameter } from '../domain/engine-parameter.ts'
import { dashedFlags, flagSwitch, integer, oneOf, value, variable } from './catalogue.ts'
import { configurationCommand } from './command.ts'
import { diagnoseExit, diagnoseSlowStart, type FailureBook } from './diagnose.ts'
import type { Engine } from './engine.ts'
import { cacheBytes, kvCacheBytes, numberOf } from './memory.ts'
import type { Presets } from './presets.ts'

const CACHE_TYPES = ['f32', 'f16', 'bf16', 'q8_0', 'q5_1', 'q5_0', 'q4_1', 'q4_0', 'iq4_nl']

/** Flags of llama-server b11434 that bear on speed or memory, as `llama-server --help` describes them. */
const PARAMETERS: EngineParameter[] = [
  value(
    'parallel',
    integer(1, 64, 'power-of-two'),
    null,
    'Slots: requests served at the same time; auto by default',
  ),
  value('threads', integer(1, 128), null, 'CPU threads for generation; all cores by default'),
  value('threads_batch', integer(1, 128), null, 'CPU threads for prompts; as threads by default'),
  value('threads_http', integer(1, 64), null, 'Threads that serve HTTP'),
  value(
    'ctx_size',
    integer(512, 131_072, 'power-of-two'),
    null,
    "Context shared by all slots, in tokens; the model's own by default",
  ),
  value('batch_size', integer(32, 8192, 'power-of-two'), 2048, 'Most tokens of a logical batch'),
  value('ubatch_size', integer(16, 4096, 'power-of-two'), 512, 'Most tokens of a physical batch'),
  value('flash_attn', oneOf('auto', 'on', 'off'), 'auto', 'Flash attention'),
  value('cache_type_k', oneOf(...CACHE_TYPES), 'f16', 'Type of the KV cache for K'),
  value(
    'cache_type_v',
    oneOf(...CACHE_TYPES),
    'f16',
    'Type of the KV cache for V; a quantised one needs flash attention',
  ),
  flagSwitch('kv_unified', null, 'One KV buffer shared by all slots'),
  flagSwitch('cont_batching', true, 'Continuous batching'),
  flagSwitch('cache_prompt', true, 'Prompt caching'),
  value(
    'cache_reuse',
    integer(0, 1024),
    0,
    'Smallest chunk reused from the cache by shifting, in tokens; 0 is off',
  ),
  value('cache_ram', integer(0, 65_536), 8192, 'Prompt cache in memory, in MiB; 0 is off'),
  flagSwitch('cache_idle_slots', true, 'Save idle slots to the prompt cache'),
  value('ctx_checkpoints', integer(0, 128), 32, 'Context checkpoints kept per slot'),
  flagSwitch('swa_full', false, 'Full-size cache for sliding-window attention', { offFlag: null }),
  flagSwitch('context_shift', false, 'Shift the context when it is full'),
  flagSwitch('repack', true, 'Repack weights for the CPU'),
  flagSwitch('op_offload', true, 'Offload host tensor operations to the device'),
  flagSwitch('kv_offload', true, 'Keep the KV cache on the GPU'),
  value('poll', integer(0, 100), 50, 'How eagerly threads spin for work; 0 sleeps'),
  value('prio', integer(-1, 3), 0, 'Priority of the process'),
  value('cpu_strict', integer(0, 1), 0, 'Strict placement of threads on CPUs'),
  value('numa', oneOf('distribute', 'isolate', 'numactl'), null, 'NUMA strategy'),
  value('n_gpu_layers', integer(0, 999), null, 'Layers kept on the GPU'),
  value('split_mode', oneOf('none', 'layer', 'row'), 'layer', 'How the model is split across GPUs'),
  value('main_gpu', integer(0, 15), 0, 'The GPU used without a split'),
  value('n_cpu_moe', integer(0, 128), 0, 'Layers whose experts stay on the CPU'),
  value('fit', oneOf('on', 'off'), 'on', 'Adjust arguments left open to the memory of the device'),
  value(
    'spec_type',
    oneOf('none', 'ngram-simple', 'ngram-map-k', 'ngram-mod', 'ngram-cache'),
    'none',
    'Speculative decoding without a draft model',
  ),
  value('spec_ngram_mod_n_max', integer(8, 128), 64, 'ngram-mod: most tokens drafted'),
  value('spec_ngram_mod_n_min', integer(1, 128), 48, 'ngram-mod: fewest tokens drafted'),
  value('spec_ngram_mod_n_match', integer(4, 64), 24, 'ngram-mod: length of the lookup'),
  variable(
    'ggml_cuda_enable_unified_memory',
    { type: 'boolean' },
    false,
    'CUDA: swap to the memory of the host rather than fail when the GPU is full',
  ),
  value('load_mode', oneOf('auto', 'none', 'mmap', 'mlock', 'dio'), 'auto', 'How the model is loaded'),
]

/** What llama-server b11434 prints for each failure, in order of how much it tells. */
const FAILURES: FailureBook = {
  program: 'llama-server',
  serving: /server is listening on|all slots are idle|launch_slot_/,
  compiling: null,
  underLoad:
    'Lower ctx_size, parallel or ubatch_size, or quantise the KV cache (cache_type_k, cache_type_v).',
  patterns: [
    {
      kind: 'unknown_flag',
      pattern: /error: invalid argument: |the argument has been removed/,
      summary: 'llama-server does not know an argument',
      advice: 'This version has no such flag: take the parameter out of the space, or use another version.',
      source: 'seen: llama-server b11434, CPU',
    },
    {
      kind: 'invalid_value',
      pattern: /invalid value for main_gpu/,
      summary: 'llama-server was told to use a GPU that it does not see',
      advice: 'Leave main_gpu out: it sees the GPUs that the experiment holds, counted from 0.',
      source: 'seen: llama-server b11434, CUDA 13.0 on an H200',
    },
    {
      kind: 'invalid_value',
      pattern: /error while handling argument|Unsupported cache type|error: unknown value/i,
      summary: 'llama-server refuses the value of an argument',
      advice: 'Narrow the parameter to the values that `llama-server --help` lists.',
      source: 'seen: llama-server b11434, CPU',
    },
    {
      kind: 'unsupported_combination',
      pattern:
        /V cache quantization requires flash_attn|quantized V cache.*requires? flash|not supported with|requires flash[_ ]attn/i,
      summary: 'llama-server does not support this combination of parameters',
      advice:
        'Add a rule that excludes it, such as flash_attn != "off" || cache_type_v in ["f16", "f32", "bf16"].',
      source: 'seen: llama-server b11434, CPU; the other wordings stand in its binary',
    },
    {
      kind: 'out_of_memory',
      pattern: /out of memory|cudaMalloc failed|std::bad_alloc|ErrorOutOfDeviceMemory/i,
      summary: 'out of memory at start',
      advice:
        'Lower ctx_size, parallel or n_gpu_layers, quantise the KV cache (cache_type_k, cache_type_v), or use a smaller model.',
      source: "seen: llama-server b11434, CUDA 13.0 on an H200; Vulkan's and C++'s own words were not",
    },
    {
      kind: 'out_of_memory',
      pattern: /insufficient memory|failed to allocate (?:\w+ )?buffer/i,
      summary: 'out of memory at start',
      advice:
        'Lower ctx_size or parallel, quantise the KV cache (cache_type_k, cache_type_v), or use a smaller model.',
      source: 'seen: llama-server b11434, CPU',
    },
    {
      kind: 'port_in_use',
      pattern: /couldn't bind HTTP server socket|bind: Address already in use/i,
      summary: 'the port was taken by another program',
      advice: 'Nothing to change: it is started again on another port.',
      source: 'seen: llama-server b11434, CPU',
    },
    {
      kind: 'model_missing',
      pattern: /failed to open GGUF file|No such file or directory/i,
      summary: 'the model file is not there',
      advice: 'Check engine.model: it is a path on the host that runs the engine.',
      source: 'seen: llama-server b11434, CPU',
    },
    {
      kind: 'model_unreadable',
      pattern: /failed to load model|invalid magic|error loading model/i,
      summary: 'the model file could not be loaded',
      advice: 'Check that it is a whole GGUF file of a model that this version knows.',
      source: 'seen: llama-server b11434, CPU',
    },
  ],
}

const CONTEXT_RULE = 'parallel * 512 <= ctx_size'
const BATCH_RULE = 'ubatch_size <= batch_size'

const PRESETS: Presets = {
  throughput: {
    description: 'Many slots, large batches, a smaller KV cache: the most tokens per second.',
    space: {
      parallel: integer(4, 64, 'power-of-two'),
      batch_size: integer(512, 8192, 'power-of-two'),
      ubatch_size: integer(128, 4096, 'power-of-two'),
      flash_attn: oneOf('on', 'off'),
      cache_type_k: oneOf('f16', 'q8_0'),
      kv_unified: { type: 'boolean' },
    },
    rules: [BATCH_RULE, 'flash_attn == "on" || cache_type_k == "f16"', CONTEXT_RULE],
    args: { ctx_size: 32_768 },
  },
  latency: {
    description: 'Few slots, small batches, speculation: the first and the next token soon.',
    space: {
      parallel: integer(1, 8, 'power-of-two'),
      ubatch_size: integer(64, 1024, 'power-of-two'),
      flash_attn: oneOf('on', 'off'),
      poll: { type: 'ordinal', choices: [0, 50, 100] },
      spec_type: oneOf('none', 'ngram-simple', 'ngram-mod'),
    },
    rules: [CONTEXT_RULE],
    args: { ctx_size: 8192 },
  },
  long_context: {
    description: 'Long prompts in few slots: room for the KV cache and fast prompt processing.',
    space: {
      parallel: integer(1, 4, 'power-of-two'),
      ubatch_size: integer(256, 4096, 'power-of-two'),
      cache_type_k: oneOf('f16', 'q8_0', 'q4_0'),
      cache_type_v: oneOf('f16', 'q8_0', 'q4_0'),
      swa_full: { type: 'boolean' },
    },
    rules: ['parallel * 16384 <= ctx_size', BATCH_RULE],
    args: { ctx_size: 65_536, batch_size: 4096, flash_attn: 'on' },
  },
}

export const llamaCpp: Engine = {
  kind: 'llama.cpp',
  title: 'llama.cpp',
  program: 'llama-server',
  variable: 'LLAMA_SERVER',
  image(release, gpus) {
    const flavour = gpus > 0 ? 'server-cuda' : 'server'
    const tag = release === null ? flavour : `${flavour}-b${release.replace(/^b/, '')}`
    return { name: `ghcr.io/ggml-org/llama.cpp:${tag}`, program: '/app/llama-server' }
  },
  parameters: PARAMETERS,
  ownFlags: ['--help', '--version', '--model', '--host', '--port', '--metrics'],
  modelIsFile: true,
  attachedValues: false,
  flagsOf: dashedFlags,
  args({ model, host, port, configuration, parameters }) {
    return [
      '--model',
      model,
      '--host',
      host,
      '--port',
      String(port),
      '--metrics',
      ...configurationCommand(llamaCpp, configuration, parameters).args,
    ]
  },
  helpArgs: ['--help'],
  version: { args: ['--version'], pattern: /^version: .*\bbuild (\d+)/m },
  readinessPath: '/health',
  reportsVersion: { path: '/props', field: 'build_info' },
  metrics: {
    path: '/metrics',
    counters: {
      outputTokens: ['llamacpp:tokens_predicted'],
      inputTokens: ['llamacpp:prompt_tokens'],
      reusedTokens: ['llamacpp:prompt_tokens_cached'],
      prefixCacheHits: ['llamacpp:prompt_tokens_cached'],
    },
  },
  // Slots are erased one by one, and only by a server that was told where to save them.
  resetCache: null,
  devicesFor: () => 1,
  memoryNeed(shape, configuration, place) {
    // On a GPU it keeps as many layers as fit; the weights of the host are mapped, not read.
    if (place === 'gpu') return null
    const kvCache = kvCacheBytes(
      shape,
      numberOf(configuration, 'ctx_size'),
      cacheBytes(configuration, 'cache_type_k', 'f16'),
      cacheBytes(configuration, 'cache_type_v', 'f16'),
    )
    return { weights: 0, kvCache, share: 1 }
  },
  presets: PRESETS,
  diagnose: (exit, logTail) => diagnoseExit(FAILURES, exit, logTail),
  diagnoseSlowStart: (waited, logTail) => diagnoseSlowStart(FAILURES, waited, logTail),
}
