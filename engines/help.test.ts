import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { catalogueFromHelp } from './help.ts'
import { sglang } from './sglang.ts'
import { vllm } from './vllm.ts'

/** Whole options out of what the named versions print. */
const help = (name: string) => readFile(join(import.meta.dirname, 'fixtures', 'help', `${name}.txt`), 'utf8')

test("vLLM's help marks what this version has, and adds what the catalogue does not know", async () => {
  const catalogue = catalogueFromHelp(vllm, await help('vllm-0.32.0'))
  const named = (name: string) => catalogue.find((parameter) => parameter.name === name)
  expect(named('max_num_seqs')).toMatchObject({ offered: true, default: null })
  expect(named('enable_prefix_caching')).toMatchObject({
    form: 'switch',
    flag: '--enable-prefix-caching',
    offFlag: '--no-enable-prefix-caching',
    offered: true,
  })
  expect(named('kv_cache_dtype')?.choices).toContain('fp8_e5m2')
  // Left out of the fixture.
  expect(named('max_cudagraph_capture_size')).toMatchObject({ offered: false, since: '0.11.1' })
  // A variable stands in no help.
  expect(named('vllm_cpu_kvcache_space')).toMatchObject({ form: 'env', offered: null })

  expect(named('convert')).toMatchObject({
    form: 'value',
    default: 'auto',
    choices: ['auto', 'classify', 'embed', 'none'],
    suggested: { type: 'categorical', choices: ['auto', 'classify', 'embed', 'none'] },
  })
  expect(named('kv_cache_metrics_sample')).toMatchObject({ type: 'float', default: 0.01, suggested: null })
  expect(named('enable_log_requests')).toMatchObject({
    form: 'switch',
    default: false,
    suggested: { type: 'boolean' },
  })
  expect(named('data_parallel_external_lb')).toMatchObject({ offFlag: '--no-data-parallel-external-lb' })
  expect(named('mm_encoder_attn_dtype')?.choices).toEqual(['fp8'])
  for (const own of ['host', 'port', 'served_model_name', 'help']) expect(named(own)).toBeUndefined()
})

test("SGLang's help has switches that nothing turns off, and several names for a flag", async () => {
  const catalogue = catalogueFromHelp(sglang, await help('sglang-0.5.23'))
  const named = (name: string) => catalogue.find((parameter) => parameter.name === name)
  expect(named('disable_radix_cache')).toMatchObject({ form: 'switch', offFlag: null, offered: true })
  expect(named('tp_size')).toMatchObject({ flag: '--tp-size', offered: true })
  expect(named('schedule_policy')?.choices).toContain('lpm')
  expect(named('enable_tf32_matmul')).toMatchObject({ offFlag: '--no-enable-tf32-matmul' })
  expect(named('cuda_graph_bs_decode')).toMatchObject({ form: 'value', type: 'any', suggested: null })
  expect(named('model_path')).toBeUndefined()
})

test('a text without options adds nothing and finds nothing', () => {
  const catalogue = catalogueFromHelp(vllm, 'ModuleNotFoundError: No module named torch\n')
  expect(catalogue).toHaveLength(vllm.parameters.length)
  expect(catalogue.filter(({ form, offered }) => form !== 'env' && offered !== false)).toEqual([])
})
