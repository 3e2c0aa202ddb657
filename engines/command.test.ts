import { expect, test } from 'vitest'
import { shellCommand } from '../domain/shell-command.ts'
import { configurationCommand } from './command.ts'
import { llamaCpp } from './llama-cpp.ts'
import { tensorrtLlm } from './tensorrt-llm.ts'
import { vllm } from './vllm.ts'

test('values become flags, switches their own flag, variables the environment', () => {
  const configuration = {
    max_num_seqs: 64,
    enable_prefix_caching: false,
    enforce_eager: true,
    vllm_cpu_kvcache_space: 4,
    vllm_use_flashinfer_sampler: true,
  }
  expect(configurationCommand(vllm, configuration)).toEqual({
    args: ['--no-enable-prefix-caching', '--enforce-eager', '--max-num-seqs', '64'],
    env: { VLLM_CPU_KVCACHE_SPACE: '4', VLLM_USE_FLASHINFER_SAMPLER: '1' },
  })
})

test('a value that begins with a dash never becomes a flag', () => {
  const configuration = { dtype: '--trust-remote-code' }
  expect(configurationCommand(vllm, configuration).args).toEqual(['--dtype=--trust-remote-code'])
  // llama-server takes what follows a flag for its value, whatever it looks like, and knows no `=`.
  expect(configurationCommand(llamaCpp, { prio: -1 }).args).toEqual(['--prio', '-1'])
})

test('a parameter that only another installed version lists is written as its name says', () => {
  expect(configurationCommand(vllm, { new_limit: 3, new_switch: false, other_switch: true }).args).toEqual([
    '--new-limit',
    '3',
    '--no-new-switch',
    '--other-switch',
  ])
  // TensorRT-LLM writes underscores, and leaves out what is off.
  expect(
    configurationCommand(tensorrtLlm, { new_limit: 3, new_switch: false, other_switch: true }).args,
  ).toEqual(['--new_limit', '3', '--other_switch'])
})

test('a command for a shell quotes what needs it and begins with its variables', () => {
  expect(shellCommand(['vllm', "it's"], { A: 'two words' })).toBe(`A='two words' vllm 'it'\\''s'`)
})
