import type { EngineParameter } from '../domain/engine-parameter.ts'
import type { Parameter, ParameterValue } from '../domain/parameter.ts'
import { ACCELERATOR_FAILURES } from './accelerator-failures.ts'
import { flagSwitch, float, inOrder, integer, oneOf, value } from './catalogue.ts'
import { configurationCommand, parallelSize } from './command.ts'
import { diagnoseExit, diagnoseSlowStart, type FailureBook } from './diagnose.ts'
import type { Engine } from './engine.ts'
import { loadedWeightBytes } from './memory.ts'
import type { Presets } from './presets.ts'

/** The release that the catalogue was read from, and whose image is named where none was measured. */
const RELEASE = '1.2.1'

/** Its flags are written with underscores, as parameters are named. */
const flag = (
  name: string,
  suggested: Parameter,
  defaultValue: ParameterValue | null,
  description: string,
  since?: string,
) => value(name, suggested, defaultValue, description, { flag: `--${name}`, ...(since && { since }) })

/**
 * Flags of `trtllm-serve` that bear on speed or memory (tensorrt_llm/commands/serve.py). What only its YAML file has
 * (`extra_llm_api_options`) is not here; several such files can be the choices of one parameter.
 */
const PARAMETERS: EngineParameter[] = [
  flag('max_batch_size', integer(8, 2048, 'power-of-two'), null, 'Most requests in one step'),
  flag(
    'max_num_tokens',
    integer(512, 32_768, 'power-of-two'),
    null,
    'Most tokens of one step, over all requests',
  ),
  flag(
    'max_seq_len',
    integer(512, 131_072, 'power-of-two'),
    null,
    "Longest request, prompt and output; the model's by default",
  ),
  flag(
    'kv_cache_free_gpu_memory_fraction',
    float(0.5, 0.95),
    0.9,
    'Share of the memory that is free after the weights, for the KV cache',
  ),
  flagSwitch('enable_chunked_prefill', false, 'Prompts in chunks, beside what generates', {
    flag: '--enable_chunked_prefill',
    offFlag: null,
    since: '1.2.0',
  }),
  flag('tp_size', inOrder(1, 2, 4, 8), 1, 'GPUs that share every layer'),
  flag('pp_size', inOrder(1, 2, 4, 8), 1, 'GPUs that take turns by layers'),
  flag('cp_size', inOrder(1, 2, 4, 8), 1, 'GPUs that share a context', '1.2.0'),
  flag('ep_size', inOrder(1, 2, 4, 8), null, 'GPUs that share the experts'),
  flag('num_postprocess_workers', inOrder(0, 1, 2, 4, 8), 0, 'Processes that make text of tokens'),
  flag('backend', oneOf('pytorch', 'tensorrt', '_autodeploy'), 'pytorch', 'What executes the model'),
]

/** What TensorRT-LLM prints for each failure: it does not run without a GPU. */
const FAILURES: FailureBook = {
  program: 'TensorRT-LLM',
  serving: /Application startup complete/,
  compiling: /Run autotuning|Creating CUDA graph|Building engine|torch\.compile/i,
  underLoad: 'Lower kv_cache_free_gpu_memory_fraction, max_batch_size or max_num_tokens.',
  patterns: [
    {
      kind: 'unknown_flag',
      pattern: /Error: No such option:? /,
      summary: 'TensorRT-LLM does not know an argument',
      advice: 'This version has no such flag: take the parameter out of the space, or use another version.',
      source: 'Click 8, exceptions.py (NoSuchOption)',
    },
    {
      kind: 'invalid_value',
      pattern: /Error: Invalid value for /,
      summary: 'TensorRT-LLM refuses the value of an argument',
      advice: 'Narrow the parameter to the values that `trtllm-serve serve --help` lists.',
      source: 'Click 8, exceptions.py (BadParameter)',
    },
    {
      kind: 'out_of_memory',
      pattern: /Executor creation failed due to insufficient GPU memory/,
      summary: 'the executor does not fit beside the weights',
      advice: 'Lower max_batch_size, max_num_tokens or max_seq_len, or spread the model: tp_size.',
      source: 'a log of 1.0 with a model too large for its KV cache',
    },
    {
      kind: 'port_in_use',
      pattern: /Failed to bind socket to /,
      summary: 'the port was taken by another program',
      advice: 'Nothing to change: it is started again on another port.',
      source: 'tensorrt_llm/commands/serve.py, launch_server',
    },
    ...ACCELERATOR_FAILURES,
    {
      kind: 'invalid_value',
      pattern: /Failed to parse the arguments for the LLM constructor/,
      summary: 'TensorRT-LLM refuses these parameters together',
      advice: 'The lines after it name the parameter: add a rule, or take the value out of the space.',
      source: 'a log of 1.2 whose max_batch_size is above that of the built engine',
    },
    {
      kind: 'model_missing',
      pattern: /Repo id must be in the form|Repository Not Found|LocalEntryNotFoundError: |GatedRepoError: /,
      summary: 'the model is not there',
      advice: 'Check engine.model: a folder on the host that runs the engine, or a name on Hugging Face.',
      source: 'huggingface_hub, as seen with vLLM 0.32.0',
    },
    {
      kind: 'model_unreadable',
      pattern:
        /does not recognize this architecture|SafetensorError|Unknown architecture for AutoModelForCausalLM/,
      summary: 'the model could not be loaded',
      advice: 'Check that engine.model is a whole model of a kind that this version knows.',
      source: 'transformers; tensorrt_llm/_torch/models/modeling_auto.py',
    },
    {
      kind: 'crash',
      pattern: /Error in event loop|Executor worker (?:returned error|died)/,
      summary: 'a process of TensorRT-LLM died',
      advice: 'See the lines before; often the GPU or a kernel failed.',
      source: 'tensorrt_llm/_torch/pyexecutor/py_executor.py, tensorrt_llm/executor/proxy.py',
    },
  ],
}

const STEP_RULE = 'max_batch_size <= max_num_tokens'

const PRESETS: Presets = {
  throughput: {
    description: 'Large steps and many requests: the most tokens per second.',
    space: {
      max_batch_size: integer(64, 2048, 'power-of-two'),
      max_num_tokens: integer(2048, 32_768, 'power-of-two'),
      kv_cache_free_gpu_memory_fraction: float(0.8, 0.95),
      enable_chunked_prefill: { type: 'boolean' },
      num_postprocess_workers: inOrder(0, 2, 4),
    },
    rules: [STEP_RULE],
    args: {},
  },
  latency: {
    description: 'Small steps, so that a long prompt holds nobody up: the first and the next token soon.',
    space: {
      max_batch_size: integer(8, 128, 'power-of-two'),
      max_num_tokens: integer(512, 8192, 'power-of-two'),
      enable_chunked_prefill: { type: 'boolean' },
      num_postprocess_workers: inOrder(0, 2, 4),
    },
    rules: [STEP_RULE],
    args: {},
  },
  long_context: {
    description: 'Long prompts: room for the KV cache, and prompts in chunks.',
    space: {
      max_batch_size: integer(4, 64, 'power-of-two'),
      max_num_tokens: integer(2048, 16_384, 'power-of-two'),
      kv_cache_free_gpu_memory_fraction: float(0.85, 0.95),
    },
    rules: [STEP_RULE],
    args: { enable_chunked_prefill: true },
  },
}

export const tensorrtLlm: Engine = {
  kind: 'tensorrt-llm',
  title: 'TensorRT-LLM',
  program: 'trtllm-serve',
  variable: 'TRTLLM_SERVE',
  image: (release) => ({
    name: `nvcr.io/nvidia/tensorrt-llm/release:${release ?? RELEASE}`,
    program: 'trtllm-serve',
  }),
  parameters: PARAMETERS,
  ownFlags: ['--help', '--host', '--port', '--grpc', '--served_model_name'],
  modelIsFile: false,
  attachedValues: false,
  flagsOf: (name) => ({ flag: `--${name}`, offFlag: null }),
  args({ model, host, port, configuration, parameters }) {
    // It answers under any model's name.
    return [
      'serve',
      model,
      '--host',
      host,
      '--port',
      String(port),
      ...configurationCommand(tensorrtLlm, configuration, parameters).args,
    ]
  },
  helpArgs: ['serve', '--help'],
  // It names its version whenever it is loaded.
  version: { args: ['--help'], pattern: /TensorRT-LLM version: (\S+)/ },
  readinessPath: '/health',
  reportsVersion: { path: '/version', field: 'version' },
  // Served with `return_perf_metrics: true` in its YAML file; tensorrt_llm/metrics/collector.py, 1.2 and newer.
  metrics: {
    path: '/prometheus/metrics',
    counters: {
      outputTokens: ['trtllm_generation_tokens'],
      inputTokens: ['trtllm_prompt_tokens'],
      requests: ['trtllm_request_success'],
      prefixCacheHits: ['trtllm_prompt_cached_tokens'],
      ttft: 'trtllm_time_to_first_token_seconds',
    },
  },
  resetCache: null,
  devicesFor: (configuration) =>
    parallelSize(configuration, 'tp_size') *
    parallelSize(configuration, 'pp_size') *
    parallelSize(configuration, 'cp_size'),
  memoryNeed(shape, configuration) {
    const parts = parallelSize(configuration, 'tp_size') * parallelSize(configuration, 'pp_size')
    // Its KV cache takes a share of what is left.
    return { weights: loadedWeightBytes(shape, configuration) / parts, kvCache: 0, share: 1 }
  },
  presets: PRESETS,
  diagnose: (exit, logTail) => diagnoseExit(FAILURES, exit, logTail),
  diagnoseSlowStart: (waited, logTail) => diagnoseSlowStart(FAILURES, waited, logTail),
}
