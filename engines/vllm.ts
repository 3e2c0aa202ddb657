import type { EngineParameter } from '../domain/engine-parameter.ts'
import { ACCELERATOR_FAILURES } from './accelerator-failures.ts'
import { dashedFlags, flagSwitch, float, inOrder, integer, oneOf, value, variable } from './catalogue.ts'
import { configurationCommand, parallelSize } from './command.ts'
import { diagnoseExit, diagnoseSlowStart, type FailureBook } from './diagnose.ts'
import type { Engine } from './engine.ts'
import { cacheBytes, GIB, kvCacheBytes, loadedWeightBytes, numberOf } from './memory.ts'
import type { Presets } from './presets.ts'

/**
 * Flags of `vllm serve` that bear on speed or memory, with the defaults that `vllm serve --help=all` of 0.32.0 (CPU)
 * prints; null where it computes them. `since` is the first of the compared releases that has the flag (0.6, 0.7, 0.8, then
 * every one or two minor versions to 0.30, by vllm/engine/arg_utils.py and vllm/envs.py); null: 0.6.0 has it already.
 */
const PARAMETERS: EngineParameter[] = [
  value('max_num_seqs', integer(1, 1024, 'power-of-two'), null, 'Most sequences of one step'),
  value(
    'max_num_batched_tokens',
    integer(256, 32_768, 'power-of-two'),
    null,
    'Most tokens of one step; without chunked prefill at least max_model_len',
  ),
  value(
    'max_model_len',
    integer(512, 131_072, 'power-of-two'),
    null,
    "Longest context; the model's by default",
  ),
  flagSwitch('enable_chunked_prefill', null, 'Split long prompts over steps'),
  flagSwitch('enable_prefix_caching', null, 'Reuse the KV cache of equal beginnings'),
  value('gpu_memory_utilization', float(0.5, 0.97), 0.92, 'Share of the memory for weights and KV cache'),
  value('kv_cache_dtype', oneOf('auto', 'fp8'), 'auto', 'Type of the KV cache'),
  value('block_size', inOrder(8, 16, 32, 64, 128), null, 'Tokens of a block of the KV cache'),
  value('tensor_parallel_size', inOrder(1, 2, 4, 8), 1, 'GPUs that share every layer'),
  value('pipeline_parallel_size', inOrder(1, 2, 4, 8), 1, 'GPUs that take turns by layers'),
  value('data_parallel_size', inOrder(1, 2, 4, 8), 1, 'Copies of the model', { since: '0.8.5' }),
  flagSwitch('enable_expert_parallel', false, 'Spread experts over the GPUs', { since: '0.8.0' }),
  flagSwitch('enforce_eager', false, 'No CUDA graphs and no torch.compile'),
  value('attention_backend', oneOf('FLASH_ATTN', 'FLASHINFER', 'TRITON_ATTN'), null, 'Attention kernels', {
    since: '0.13.0',
  }),
  flagSwitch('async_scheduling', null, 'Schedule the next step while one runs', { since: '0.10.0' }),
  value('scheduling_policy', oneOf('fcfs', 'priority'), 'fcfs', 'Order of waiting requests', {
    since: '0.7.0',
  }),
  value('stream_interval', inOrder(1, 2, 4, 8, 16), 1, 'Tokens between two messages of a stream', {
    since: '0.11.1',
  }),
  value(
    'long_prefill_token_threshold',
    integer(0, 8192),
    0,
    'Prompts longer than this count as long; 0: none does',
    { since: '0.8.0' },
  ),
  value(
    'max_num_scheduled_tokens',
    integer(256, 32_768, 'power-of-two'),
    null,
    'Most tokens scheduled a step',
    { since: '0.26.0' },
  ),
  value('optimization_level', inOrder(0, 1, 2, 3), 2, 'How much is compiled at start', { since: '0.12.0' }),
  value(
    'performance_mode',
    oneOf('balanced', 'interactivity', 'throughput'),
    'balanced',
    'Bundle of defaults',
    { since: '0.18.0' },
  ),
  value('max_cudagraph_capture_size', integer(1, 1024, 'power-of-two'), null, 'Largest captured batch', {
    since: '0.11.1',
  }),
  value('dtype', oneOf('auto', 'bfloat16', 'float16'), 'auto', 'Type of weights and activations'),
  value('quantization', oneOf('fp8', 'awq', 'gptq', 'bitsandbytes'), null, 'How the weights are quantised'),
  value('cpu_offload_gb', integer(0, 256), 0, 'GiB of weights kept in the memory of the host'),
  value('kv_offloading_size', integer(0, 512), null, 'GiB of KV cache kept in the memory of the host', {
    since: '0.11.1',
  }),
  value('api_server_count', integer(1, 16), null, 'Processes that serve HTTP', { since: '0.9.2' }),
  variable('vllm_cpu_kvcache_space', integer(1, 512), null, 'CPU: GiB of the KV cache'),
  variable('vllm_cpu_num_of_reserved_cpu', integer(0, 16), null, 'CPU: cores left to the front end', {
    since: '0.9.2',
  }),
  // Read up to 0.14, gone in 0.16.
  variable(
    'vllm_attention_backend',
    oneOf('FLASH_ATTN', 'FLASHINFER', 'TRITON_ATTN'),
    null,
    'Attention kernels, up to version 0.14; later attention_backend',
  ),
  variable('vllm_use_flashinfer_sampler', { type: 'boolean' }, null, "FlashInfer's sampling kernels"),
]

const FEWER = 'Lower gpu_memory_utilization, max_num_seqs or max_num_batched_tokens.'

/**
 * What vLLM prints for each failure. Seen are those of version 0.32.0 on a CPU, kept in fixtures/vllm; the others are
 * written by the named file of the same version.
 */
const FAILURES: FailureBook = {
  program: 'vLLM',
  serving: /Application startup complete|Avg prompt throughput/,
  compiling:
    /torch\.compile|Capturing CUDA graph|Dynamo bytecode|Compiling a graph|Warming up model for the comp/,
  underLoad: FEWER,
  patterns: [
    {
      kind: 'unknown_flag',
      pattern: /error: unrecognized arguments: /,
      summary: 'vLLM does not know an argument',
      advice: 'This version has no such flag: take the parameter out of the space, or use another version.',
      source: 'seen: vLLM 0.32.0, CPU',
    },
    {
      kind: 'invalid_value',
      pattern: /vllm serve: error: argument .*: (?:invalid|expected)/,
      summary: 'vLLM refuses the value of an argument',
      advice: 'Narrow the parameter to the values that `vllm serve --help=all` lists.',
      source: 'seen: vLLM 0.32.0, CPU',
    },
    {
      kind: 'out_of_memory',
      pattern: /To serve at least one request with the models?'s max seq len/,
      summary: 'the KV cache has no room for one request of the longest context',
      advice:
        'Lower max_model_len, raise gpu_memory_utilization (CPU: vllm_cpu_kvcache_space), or kv_cache_dtype=fp8.',
      source: 'seen: vLLM 0.32.0, CPU (vllm/v1/core/kv_cache_utils.py)',
    },
    {
      kind: 'out_of_memory',
      pattern: /No available memory for the cache blocks/,
      summary: 'the weights leave no memory for the KV cache',
      advice: 'Raise gpu_memory_utilization, or spread the weights: tensor_parallel_size, quantization.',
      source: 'vllm/v1/core/kv_cache_utils.py, v0.32.0',
    },
    {
      kind: 'out_of_memory',
      pattern: /Free memory on device .*/,
      summary: 'another program holds memory of the GPU',
      advice: 'Lower gpu_memory_utilization, or free the GPU: `nvidia-smi` shows who holds it.',
      source: 'vllm/v1/worker/utils.py, v0.32.0',
    },
    {
      kind: 'out_of_memory',
      pattern: /CUDA out of memory occurred when warming up (?:sampler|pooler)/,
      summary: 'the GPU is out of memory with as many sequences as max_num_seqs',
      advice: FEWER,
      source: 'vllm/v1/worker/gpu_model_runner.py, v0.32.0',
    },
    {
      kind: 'no_device',
      pattern: /Failed to infer device type|is larger than the number of available GPUs/,
      summary: 'vLLM sees no GPU, or fewer than the parallel sizes ask for',
      advice: 'Check that the runtime passes the GPUs on, and tensor_parallel_size and its like.',
      source: 'vllm/config/device.py, vllm/config/parallel.py, v0.32.0',
    },
    {
      kind: 'compile_timeout',
      pattern: /Timed out waiting for engine core processes to start/,
      summary: 'vLLM gave up waiting for its own engine to load and compile',
      advice: 'Set VLLM_ENGINE_READY_TIMEOUT_S in engine.env, or compile less: enforce_eager.',
      source: 'vllm/v1/engine/core_client.py, v0.32.0',
    },
    {
      kind: 'model_unreadable',
      pattern:
        /Cannot find any model weights|SafetensorError|Model architectures .* are not supported|does not recognize this architecture|Invalid repository ID or local directory|Should have a `model_type` key|Unrecognized model in/,
      summary: 'the model could not be loaded',
      advice: 'Check that engine.model is a whole model of a kind that this version knows.',
      source: 'seen: vLLM 0.32.0, CPU',
    },
    {
      kind: 'model_missing',
      pattern:
        /Repo id must be in the form|Repository Not Found|LocalEntryNotFoundError: |is not a local folder and is not a valid model identifier|GatedRepoError: /,
      summary: 'the model is not there',
      advice:
        'Check engine.model: a folder on the host that runs the engine, or a name on Hugging Face that the host may read (HF_TOKEN, HF_HUB_OFFLINE).',
      source: 'seen: vLLM 0.32.0, CPU',
    },
    ...ACCELERATOR_FAILURES,
    {
      kind: 'invalid_value',
      pattern: /Input should be .*\[type=/,
      summary: 'vLLM refuses the value of an argument',
      advice: 'Narrow the parameter to the values that `vllm serve --help=all` lists.',
      source: 'seen: vLLM 0.32.0, CPU',
      withLineBefore: true,
    },
    {
      kind: 'unsupported_combination',
      pattern: /max_num_batched_tokens \(\d+\) is smaller than max_model_len/,
      summary: 'without chunked prefill a step must hold a whole prompt',
      advice: 'Add the rule enable_chunked_prefill == true || max_num_batched_tokens >= max_model_len.',
      source: 'seen: vLLM 0.32.0, CPU',
    },
    {
      kind: 'unsupported_combination',
      pattern: /max_num_batched_tokens \(\d+\) must be greater than or equal to max_num_seqs/,
      summary: 'a step must hold a token of each sequence',
      advice: 'Add the rule max_num_seqs <= max_num_batched_tokens.',
      source: 'seen: vLLM 0.32.0, CPU',
    },
    {
      kind: 'unsupported_combination',
      pattern: /max_model_len \(\d+\) is greater than the derived max_model_len/,
      summary: 'max_model_len is more than the model was made for',
      advice: "Keep max_model_len within the model's max_position_embeddings.",
      source: 'seen: vLLM 0.32.0, CPU',
    },
    {
      kind: 'unsupported_combination',
      pattern: /must be divisible by tensor parallel size/,
      summary: "tensor_parallel_size does not divide the model's attention heads",
      advice: 'Take only divisors of the number of heads into the space.',
      source: 'seen: vLLM 0.32.0, CPU',
    },
    {
      kind: 'unsupported_combination',
      pattern:
        /\bValue error, |No common block size for|NotImplementedError: |ValueError: .*(?:not supported|unsupported|does not support|incompatible|not compatible)/i,
      summary: 'vLLM does not support these parameters together, or with this model or device',
      advice: 'Add a rule that excludes the combination, or take the value out of the space.',
      source: 'seen: vLLM 0.32.0, CPU',
    },
    {
      kind: 'killed',
      pattern: /died unexpectedly \(exit code: -9\)/,
      summary: 'a process of vLLM was killed from outside (SIGKILL)',
      advice: 'Look for the out-of-memory killer in the kernel log.',
      // vLLM itself then ends with exit code 0.
      source: 'seen: vLLM 0.32.0, CPU (vllm/v1/executor/multiproc_executor.py)',
    },
    {
      kind: 'crash',
      pattern: /Worker proc \S+ died unexpectedly|Engine core proc \S+ died unexpectedly/,
      summary: 'a process of vLLM died',
      advice: 'Often the out-of-memory killer: look in the kernel log; else see the lines before.',
      source: 'seen: vLLM 0.32.0, CPU',
    },
  ],
}

const STEP_RULES = ['max_num_seqs <= max_num_batched_tokens']

const PRESETS: Presets = {
  throughput: {
    description: 'Large steps and many sequences: the most tokens per second.',
    space: {
      max_num_seqs: integer(32, 1024, 'power-of-two'),
      max_num_batched_tokens: integer(2048, 32_768, 'power-of-two'),
      gpu_memory_utilization: float(0.85, 0.95),
      kv_cache_dtype: oneOf('auto', 'fp8'),
      enable_prefix_caching: { type: 'boolean' },
      async_scheduling: { type: 'boolean' },
    },
    rules: STEP_RULES,
    args: { enable_chunked_prefill: true },
  },
  latency: {
    description: 'Small steps, so that a long prompt holds nobody up: the first and the next token soon.',
    space: {
      max_num_seqs: integer(4, 128, 'power-of-two'),
      max_num_batched_tokens: integer(256, 8192, 'power-of-two'),
      enable_prefix_caching: { type: 'boolean' },
      async_scheduling: { type: 'boolean' },
      stream_interval: inOrder(1, 2, 4),
    },
    rules: STEP_RULES,
    args: { enable_chunked_prefill: true },
  },
  long_context: {
    description: 'Long prompts: room for the KV cache, and prompts in chunks.',
    space: {
      max_num_seqs: integer(4, 64, 'power-of-two'),
      max_num_batched_tokens: integer(2048, 16_384, 'power-of-two'),
      gpu_memory_utilization: float(0.88, 0.95),
      kv_cache_dtype: oneOf('auto', 'fp8'),
      long_prefill_token_threshold: inOrder(0, 1024, 4096),
      enable_prefix_caching: { type: 'boolean' },
    },
    rules: STEP_RULES,
    args: { enable_chunked_prefill: true },
  },
}

export const vllm: Engine = {
  kind: 'vllm',
  title: 'vLLM',
  program: 'vllm',
  variable: 'VLLM',
  image(release, gpus) {
    const tag = release === null ? 'latest' : `v${release}`
    const name = gpus > 0 ? 'vllm/vllm-openai' : 'public.ecr.aws/q9t5s3a7/vllm-cpu-release-repo'
    return { name: `${name}:${tag}`, program: 'vllm' }
  },
  parameters: PARAMETERS,
  ownFlags: ['--help', '--version', '--host', '--port', '--served-model-name', '--config', '--model'],
  modelIsFile: false,
  attachedValues: true,
  flagsOf: dashedFlags,
  args({ model, servedName, host, port, configuration, parameters }) {
    return [
      'serve',
      model,
      '--host',
      host,
      '--port',
      String(port),
      ...(servedName === undefined || servedName === model ? [] : ['--served-model-name', servedName]),
      ...configurationCommand(vllm, configuration, parameters).args,
    ]
  },
  helpArgs: ['serve', '--help=all'],
  version: { args: ['--version'], pattern: /^(\d+\.\d+\.\S+)/m },
  readinessPath: '/health',
  reportsVersion: { path: '/version', field: 'version' },
  // 0.6 to 0.32
  metrics: {
    path: '/metrics',
    counters: {
      outputTokens: ['vllm:generation_tokens'],
      inputTokens: ['vllm:prompt_tokens'],
      requests: ['vllm:request_success'],
      preemptions: ['vllm:num_preemptions'],
      prefixCacheQueries: ['vllm:prefix_cache_queries', 'vllm:gpu_prefix_cache_queries'],
      prefixCacheHits: ['vllm:prefix_cache_hits', 'vllm:gpu_prefix_cache_hits'],
      ttft: 'vllm:time_to_first_token_seconds',
    },
  },
  // Served only with VLLM_SERVER_DEV_MODE=1 (vllm/entrypoints/launchers/api_server/routers.py, v0.32.0).
  resetCache: { method: 'POST', path: '/reset_prefix_cache' },
  devicesFor: (configuration) =>
    parallelSize(configuration, 'tensor_parallel_size') *
    parallelSize(configuration, 'pipeline_parallel_size') *
    parallelSize(configuration, 'data_parallel_size'),
  memoryNeed(shape, configuration, place) {
    const parts =
      parallelSize(configuration, 'tensor_parallel_size') *
      parallelSize(configuration, 'pipeline_parallel_size')
    const onHost = (numberOf(configuration, 'cpu_offload_gb') ?? 0) * GIB
    const bytes = cacheBytes(configuration, 'kv_cache_dtype', 'auto')
    return {
      weights: Math.max(0, loadedWeightBytes(shape, configuration) / parts - onHost),
      kvCache: kvCacheBytes(shape, numberOf(configuration, 'max_model_len'), bytes) / parts,
      share: place === 'gpu' ? (numberOf(configuration, 'gpu_memory_utilization') ?? 1) : 1,
    }
  },
  presets: PRESETS,
  diagnose: (exit, logTail) => diagnoseExit(FAILURES, exit, logTail),
  diagnoseSlowStart: (waited, logTail) => diagnoseSlowStart(FAILURES, waited, logTail),
}
