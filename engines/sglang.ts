import type { EngineParameter } from '../domain/engine-parameter.ts'
import { ACCELERATOR_FAILURES } from './accelerator-failures.ts'
import { dashedFlags, flagSwitch, float, inOrder, integer, oneOf, value } from './catalogue.ts'
import { configurationCommand, parallelSize } from './command.ts'
import { diagnoseExit, diagnoseSlowStart, type FailureBook } from './diagnose.ts'
import type { Engine } from './engine.ts'
import { loadedWeightBytes, numberOf } from './memory.ts'
import type { Presets } from './presets.ts'

/**
 * Flags of `sglang serve` that bear on speed or memory, as the help of 0.5.23 lists them. It prints no defaults; those
 * here are the ones that its texts name. Most switches have no form that turns them off. `since` is the first of the
 * compared releases that has the flag (0.2, 0.3, 0.4, then about every second one to 0.5.20, by sglang/srt/server_args.py);
 * null: 0.2.0 has it already.
 */
const PARAMETERS: EngineParameter[] = [
  value('mem_fraction_static', float(0.5, 0.95), null, 'Share of the memory for weights and KV cache'),
  value('max_running_requests', integer(1, 1024, 'power-of-two'), null, 'Most requests that run at a time'),
  value('max_total_tokens', integer(1024, 4_194_304, 'log'), null, 'Tokens that the KV cache holds', {
    since: '0.3.0',
  }),
  value(
    'chunked_prefill_size',
    inOrder(512, 1024, 2048, 4096, 8192, 16_384),
    null,
    'Tokens of a chunk; -1: off',
    { since: '0.3.0' },
  ),
  value('max_prefill_tokens', integer(1024, 65_536, 'power-of-two'), null, 'Most tokens of a prefill batch'),
  value(
    'context_length',
    integer(512, 131_072, 'power-of-two'),
    null,
    "Longest context; the model's by default",
  ),
  value('schedule_policy', oneOf('fcfs', 'lpm', 'lof'), null, 'Order of waiting requests', {
    since: '0.3.0',
  }),
  value('schedule_conservativeness', float(0.1, 1.5), null, 'How much room is kept for what runs'),
  value('num_continuous_decode_steps', inOrder(1, 2, 4, 8), 1, 'Decoding steps between two schedules', {
    since: '0.4.0',
  }),
  value('page_size', inOrder(1, 16, 32, 64, 128), null, 'Tokens of a page of the KV cache', {
    since: '0.4.4',
  }),
  value('kv_cache_dtype', oneOf('auto', 'fp8_e5m2', 'fp8_e4m3'), 'auto', 'Type of the KV cache', {
    since: '0.3.0',
  }),
  value('attention_backend', oneOf('flashinfer', 'fa3', 'triton'), null, 'Attention kernels', {
    since: '0.4.0',
  }),
  value('stream_interval', inOrder(1, 2, 4, 8), null, 'Tokens between two messages of a stream'),
  flagSwitch('enable_mixed_chunk', false, 'Prefill and decode in one batch', {
    offFlag: null,
    since: '0.3.0',
  }),
  flagSwitch('disable_radix_cache', false, 'No reuse of the KV cache of equal beginnings', { offFlag: null }),
  flagSwitch('disable_overlap_schedule', false, 'Do not schedule the next step while one runs', {
    offFlag: null,
    since: '0.4.0',
  }),
  flagSwitch('enable_torch_compile', false, 'Compile the model with torch.compile', { offFlag: null }),
  flagSwitch('disable_cuda_graph', false, 'No CUDA graphs; deprecated in 0.5.23', { offFlag: null }),
  value('cuda_graph_max_bs_decode', integer(1, 1024, 'power-of-two'), null, 'Largest captured batch', {
    since: '0.5.15',
  }),
  value('tp_size', inOrder(1, 2, 4, 8), 1, 'GPUs that share every layer'),
  value('pp_size', inOrder(1, 2, 4, 8), 1, 'GPUs that take turns by layers', { since: '0.4.8' }),
  value('dp_size', inOrder(1, 2, 4, 8), 1, 'Copies of the model'),
  value('attn_dp_size', inOrder(1, 2, 4, 8), 1, 'Groups of attention within tp_size', { since: '0.5.23' }),
  flagSwitch('enable_dp_attention', false, 'dp_size counts groups of attention; deprecated in 0.5.23', {
    offFlag: null,
    since: '0.4.0',
  }),
  value('ep_size', inOrder(1, 2, 4, 8), 1, 'GPUs that share the experts', { since: '0.4.2' }),
  value('dtype', oneOf('auto', 'bfloat16', 'float16'), 'auto', 'Type of weights and activations'),
  value('quantization', oneOf('fp8', 'awq', 'gptq', 'w8a8_int8'), null, 'How the weights are quantised'),
]

const FEWER = 'Lower mem_fraction_static, max_running_requests or chunked_prefill_size.'

/** What SGLang prints for each failure, by the file of version 0.5.23 that writes it: it does not run without a GPU. */
const FAILURES: FailureBook = {
  program: 'SGLang',
  serving: /The server is fired up and ready to roll|Decode batch/,
  compiling: /Capture (?:\S+ )?(?:cuda|CUDA) graph begin|Capturing batches|torch\.compile/,
  underLoad: FEWER,
  patterns: [
    {
      kind: 'unknown_flag',
      pattern: /error: unrecognized arguments: /,
      summary: 'SGLang does not know an argument',
      advice: 'This version has no such flag: take the parameter out of the space, or use another version.',
      source: "Python's argparse, as seen with vLLM 0.32.0",
    },
    {
      kind: 'invalid_value',
      pattern: /(?:sglang serve|launch_server\.py): error: argument .*: (?:invalid|expected)/,
      summary: 'SGLang refuses the value of an argument',
      advice: 'Narrow the parameter to the values that `sglang serve --help` lists.',
      source: "Python's argparse, as seen with vLLM 0.32.0",
    },
    {
      kind: 'out_of_memory',
      pattern: /Not enough memory\. Please try to increase --mem-fraction-static/,
      summary: 'the weights leave no memory for the KV cache',
      advice: 'Raise mem_fraction_static, or spread the weights: tp_size, quantization.',
      source: 'sglang/srt/model_executor/pool_configurator.py, v0.5.23',
    },
    {
      kind: 'unsupported_combination',
      pattern: /The memory capacity is unbalanced/,
      summary: 'another program holds memory of one of the GPUs',
      advice: 'Free the GPU: `nvidia-smi` shows who holds it.',
      source: 'sglang/srt/distributed/bootstrap.py, v0.5.23',
    },
    ...ACCELERATOR_FAILURES,
    {
      kind: 'out_of_memory',
      pattern: /Capture (?:cuda|prefill CUDA) graph failed/,
      summary: 'a CUDA graph could not be captured, mostly for want of memory',
      advice: 'Lower mem_fraction_static or cuda_graph_max_bs_decode.',
      source: 'sglang/srt/model_executor/runner/decode_cuda_graph_runner.py, v0.5.23',
    },
    {
      kind: 'port_in_use',
      pattern: /\S+ at \d+ is not available(?: in|\b)/,
      summary: 'the port was taken by another program',
      advice: 'Nothing to change: it is started again on another port.',
      source: 'sglang/srt/utils/network.py, v0.5.23',
    },
    {
      kind: 'model_missing',
      pattern:
        /Repo id must be in the form|Repository Not Found|LocalEntryNotFoundError: |is not a local folder and is not a valid model identifier|GatedRepoError: /,
      summary: 'the model is not there',
      advice: 'Check engine.model: a folder on the host that runs the engine, or a name on Hugging Face.',
      source: 'huggingface_hub, as seen with vLLM 0.32.0',
    },
    {
      kind: 'model_unreadable',
      pattern:
        /Cannot find any model weights|SafetensorError|Unrecognized model in|Model architectures .* are not/,
      summary: 'the model could not be loaded',
      advice: 'Check that engine.model is a whole model of a kind that this version knows.',
      source: 'sglang/srt/model_loader/loader.py, v0.5.23; transformers, as seen with vLLM 0.32.0',
    },
    {
      kind: 'unsupported_combination',
      pattern:
        /(?:ValueError|AssertionError|NotImplementedError): .*(?:not supported|unsupported|does not support|incompatible|must be|divisible)/i,
      summary: 'SGLang does not support these parameters together, or with this model or device',
      advice: 'Add a rule that excludes the combination, or take the value out of the space.',
      source: 'sglang/srt/arg_groups, v0.5.23',
    },
    {
      kind: 'crash',
      pattern: /Watchdog timeout|Received sigquit from a child process/i,
      summary: 'a process of SGLang died or hung',
      advice: 'See the lines before; often the GPU or a kernel failed.',
      source: 'sglang/srt/utils/watchdog.py, sglang/srt/entrypoints/engine.py, v0.5.23',
    },
  ],
}

const RULES = ['max_running_requests <= max_prefill_tokens']

const PRESETS: Presets = {
  throughput: {
    description: 'Large chunks and many requests: the most tokens per second.',
    space: {
      max_running_requests: integer(32, 1024, 'power-of-two'),
      chunked_prefill_size: inOrder(2048, 4096, 8192, 16_384),
      mem_fraction_static: float(0.75, 0.93),
      schedule_policy: oneOf('fcfs', 'lpm'),
      enable_mixed_chunk: { type: 'boolean' },
      num_continuous_decode_steps: inOrder(1, 2, 4),
    },
    rules: RULES,
    args: { max_prefill_tokens: 16_384 },
  },
  latency: {
    description: 'Small chunks, so that a long prompt holds nobody up: the first and the next token soon.',
    space: {
      max_running_requests: integer(4, 128, 'power-of-two'),
      chunked_prefill_size: inOrder(512, 1024, 2048, 4096),
      schedule_conservativeness: float(0.3, 1.3),
      enable_mixed_chunk: { type: 'boolean' },
      stream_interval: inOrder(1, 2, 4),
    },
    rules: [],
    args: {},
  },
  long_context: {
    description: 'Long prompts: room for the KV cache, and prompts in chunks.',
    space: {
      max_running_requests: integer(4, 64, 'power-of-two'),
      chunked_prefill_size: inOrder(2048, 4096, 8192, 16_384),
      mem_fraction_static: float(0.8, 0.93),
      kv_cache_dtype: oneOf('auto', 'fp8_e5m2'),
    },
    rules: [],
    args: {},
  },
}

export const sglang: Engine = {
  kind: 'sglang',
  title: 'SGLang',
  program: 'sglang',
  variable: 'SGLANG',
  image: (release) => ({
    name: `lmsysorg/sglang:${release === null ? 'latest' : `v${release}`}`,
    program: 'sglang',
  }),
  parameters: PARAMETERS,
  ownFlags: [
    '--help',
    '--model-path',
    '--host',
    '--port',
    '--served-model-name',
    '--enable-metrics',
    '--config',
  ],
  modelIsFile: false,
  attachedValues: true,
  flagsOf: dashedFlags,
  args({ model, servedName, host, port, configuration, parameters }) {
    return [
      'serve',
      '--model-path',
      model,
      '--host',
      host,
      '--port',
      String(port),
      '--enable-metrics',
      ...(servedName === undefined || servedName === model ? [] : ['--served-model-name', servedName]),
      ...configurationCommand(sglang, configuration, parameters).args,
    ]
  },
  helpArgs: ['serve', '--help'],
  version: { args: ['version'], pattern: /(\d+\.\d+\.\S+)/ },
  readinessPath: '/health',
  reportsVersion: { path: '/get_server_info', field: 'version' },
  // 0.5
  metrics: {
    path: '/metrics',
    counters: {
      outputTokens: ['sglang:generation_tokens'],
      inputTokens: ['sglang:prompt_tokens'],
      requests: ['sglang:num_requests'],
      preemptions: ['sglang:num_retracted_reqs'],
      prefixCacheQueries: ['sglang:prompt_tokens'],
      prefixCacheHits: ['sglang:cached_tokens'],
      ttft: 'sglang:time_to_first_token_seconds',
    },
  },
  // sglang/srt/entrypoints/http_server.py, v0.5.23
  resetCache: { method: 'POST', path: '/flush_cache' },
  devicesFor(configuration) {
    // Attention that is split by data stays within the GPUs of tp_size.
    const copies = configuration['enable_dp_attention'] === true ? 1 : parallelSize(configuration, 'dp_size')
    return parallelSize(configuration, 'tp_size') * parallelSize(configuration, 'pp_size') * copies
  },
  memoryNeed(shape, configuration) {
    const parts = parallelSize(configuration, 'tp_size') * parallelSize(configuration, 'pp_size')
    // Its KV cache takes what is left.
    return {
      weights: loadedWeightBytes(shape, configuration) / parts,
      kvCache: 0,
      share: numberOf(configuration, 'mem_fraction_static') ?? 1,
    }
  },
  presets: PRESETS,
  diagnose: (exit, logTail) => diagnoseExit(FAILURES, exit, logTail),
  diagnoseSlowStart: (waited, logTail) => diagnoseSlowStart(FAILURES, waited, logTail),
}
