import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { DiagnosisKind } from '../domain/diagnosis.ts'
import { vllm } from './vllm.ts'

/** Logs of vLLM 0.32.0 on a CPU, shortened, each of one refused start. */
const LOGS = join(import.meta.dirname, 'fixtures', 'vllm')

async function diagnosis(name: string, exitCode = 1) {
  const log = await readFile(join(LOGS, `${name}.txt`), 'utf8')
  return vllm.diagnose({ exitCode, signal: null }, log.split('\n'))
}

const SEEN: [log: string, kind: DiagnosisKind, evidence: string][] = [
  ['unknown-flag', 'unknown_flag', '--no-such-flag'],
  ['invalid-value', 'invalid_value', "--max-num-seqs: invalid int value: 'lots'"],
  ['invalid-choice', 'invalid_value', "--dtype: invalid choice: 'int3'"],
  ['zero-sequences', 'invalid_value', 'max_num_batched_tokens: Input should be greater than'],
  ['step-shorter-than-context', 'unsupported_combination', 'is smaller than max_model_len (2048)'],
  ['step-shorter-than-sequences', 'unsupported_combination', 'equal to max_num_seqs (128)'],
  ['context-longer-than-model', 'unsupported_combination', 'greater than the derived max_model_len'],
  ['heads-not-divisible', 'unsupported_combination', 'attention heads (4) must be divisible'],
  ['block-size', 'unsupported_combination', 'No common block size for 17'],
  ['quantization-without-config', 'unsupported_combination', 'Cannot find the config file for awq'],
  ['speculation-incomplete', 'unsupported_combination', 'Value error'],
  ['kv-cache-too-small', 'out_of_memory', '2.0 GiB KV cache is needed'],
  ['missing-folder', 'model_missing', '/nowhere/model'],
  ['missing-name', 'model_missing', 'Cannot find an appropriate cached snapshot'],
  ['no-config', 'model_unreadable', 'Invalid repository ID or local directory'],
  ['no-weights', 'model_unreadable', 'Cannot find any model weights'],
  ['broken-weights', 'model_unreadable', 'header too large'],
  ['unknown-model-type', 'model_unreadable', 'does not recognize this architecture'],
  ['unknown-architecture', 'model_unreadable', "['NoSuchForCausalLM'] are not supported"],
  ['port-taken', 'port_in_use', 'Address already in use'],
]

test.each(SEEN)('the log %s is told as %s by its telling line', async (log, kind, evidence) => {
  expect(await diagnosis(log)).toMatchObject({ kind, evidence: expect.stringContaining(evidence) })
})

test('a worker that was killed is told, though vLLM then ends with exit code 0', async () => {
  expect(await diagnosis('worker-killed', 0)).toMatchObject({
    kind: 'killed',
    evidence: expect.stringContaining('died unexpectedly (exit code: -9)'),
    exitCode: 0,
  })
})

test('a log that no pattern knows is shown by its root cause, not by what only points to it', () => {
  const log = [
    '(EngineCore pid=9) ERROR [core.py:1510] KeyError: a cause that nobody has seen',
    'RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}',
    '  warnings.warn("resource_tracker: There appear to be 1 leaked objects")',
  ]
  expect(vllm.diagnose({ exitCode: 1, signal: null }, log)).toMatchObject({
    kind: 'unknown',
    evidence: expect.stringContaining('a cause that nobody has seen'),
  })
})

const OUT_OF_MEMORY = 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.'

test('memory that runs out once the engine serves is a matter of the load', () => {
  const serving = 'INFO:     Application startup complete.'
  const atStart = vllm.diagnose({ exitCode: 1, signal: null }, [OUT_OF_MEMORY])
  expect(atStart).toMatchObject({ kind: 'out_of_memory', evidence: OUT_OF_MEMORY })
  expect(vllm.diagnose({ exitCode: 1, signal: null }, [serving, OUT_OF_MEMORY])).toMatchObject({
    kind: 'out_of_memory_under_load',
    advice: expect.stringContaining('max_num_seqs'),
  })
})

test('an engine that its memory limit ended is out of memory, not killed from outside', () => {
  const exit = { exitCode: null, signal: 'SIGKILL', outOfMemory: true }
  expect(vllm.diagnose(exit, ['INFO loading weights'])).toMatchObject({
    kind: 'out_of_memory',
    summary: expect.stringContaining('memory limit at start'),
  })
  expect(vllm.diagnose(exit, ['Application startup complete.', 'INFO'])).toMatchObject({
    kind: 'out_of_memory_under_load',
  })
})

// Messages that need a GPU, as the libraries that write them hold them.
const WRITTEN: [line: string, kind: DiagnosisKind][] = [
  [
    'RuntimeError: The NVIDIA driver on your system is too old (found version 12020). Please update your GPU driver',
    'driver',
  ],
  ['RuntimeError: Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU', 'driver'],
  ['RuntimeError: No CUDA GPUs are available', 'no_device'],
  ['ValueError: World size (8) is larger than the number of available GPUs (4) in this node.', 'no_device'],
  ['torch.AcceleratorError: CUDA error: an illegal memory access was encountered', 'crash'],
  [
    'RuntimeError: NCCL error in: ProcessGroupNCCL.cpp:94, unhandled system error (run with NCCL_DEBUG=INFO for details)',
    'crash',
  ],
  ['ValueError: No available memory for the cache blocks. Try increasing', 'out_of_memory'],
  [
    'ValueError: Free memory on device cuda:0 (3.1/79.2 GiB) on startup is less than desired GPU memory utilization',
    'out_of_memory',
  ],
  ['TimeoutError: Timed out waiting for engine core processes to start.', 'compile_timeout'],
  ['OSError: [Errno 28] No space left on device', 'disk_full'],
]

test.each(WRITTEN)('"%s" is told as %s', (line, kind) => {
  expect(vllm.diagnose({ exitCode: 1, signal: null }, ['INFO starting', line, 'INFO ended'])).toMatchObject({
    kind,
    evidence: line,
  })
})

test('an engine that is not ready in time was compiling, or was not', () => {
  const compiling = '(Worker pid=3) INFO [cpu_model_runner.py:87] Warming up model for the compilation...'
  expect(vllm.diagnoseSlowStart('20m', ['INFO', compiling])).toMatchObject({
    kind: 'compile_timeout',
    evidence: compiling,
    advice: expect.stringContaining('enforce_eager'),
  })
  expect(vllm.diagnoseSlowStart('20m', ['INFO loading weights'])).toMatchObject({ kind: 'timeout' })
})

test('the model is served under the name that clients ask for', () => {
  const start = { model: '/models/a', host: '127.0.0.1', port: 1, configuration: {} }
  expect(vllm.args({ ...start, servedName: 'a' })).toEqual([
    ...['serve', '/models/a', '--host', '127.0.0.1', '--port', '1', '--served-model-name', 'a'],
  ])
  expect(vllm.args({ ...start, servedName: '/models/a' })).not.toContain('--served-model-name')
})

test('a start takes as many GPUs as its parallel sizes multiply to', () => {
  expect(vllm.devicesFor({})).toBe(1)
  expect(vllm.devicesFor({ tensor_parallel_size: 4, pipeline_parallel_size: 2, data_parallel_size: 2 })).toBe(
    16,
  )
})
