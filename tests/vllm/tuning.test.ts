import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { unwrap } from '../../client/client.ts'
import { api, smallRequest, startTestService, type TestService } from '../service.ts'

let service: TestService

beforeAll(async () => {
  service = await startTestService({ VLLM: inject('vllm') })
})
afterAll(() => service.remove())

test('vLLM on this machine is offered with the flags of its own help', async () => {
  const { url, client } = service
  const engine = await unwrap(
    url,
    client.GET('/api/v1/engines/{kind}', { params: { path: { kind: 'vllm' } } }),
  )
  expect(engine.hosts).toEqual([{ host: expect.any(String), version: expect.stringMatching(/^0\.32/) }])
  const named = (name: string) => engine.parameters.find((parameter) => parameter.name === name)
  expect(named('max_num_seqs')).toMatchObject({ offered: true })
  // Not in the built-in catalogue.
  expect(named('max_num_queued_reqs')).toMatchObject({ flag: '--max-num-queued-reqs', offered: true })
  expect(engine.parameters.length).toBeGreaterThan(200)
})

test('a tuning over its scheduler completes, and tells of the one configuration that vLLM refuses', async () => {
  const { id } = await api(service).start(
    smallRequest({
      name: 'vllm',
      engine: {
        kind: 'vllm',
        model: inject('tinyModel'),
        // `max_num_queued_reqs` is known by the help alone, `vllm_cpu_kvcache_space` is a variable.
        args: {
          max_model_len: 512,
          load_format: 'dummy',
          enforce_eager: true,
          max_num_queued_reqs: 64,
          vllm_cpu_kvcache_space: 1,
        },
        env: { HF_HUB_OFFLINE: '1', VLLM_NO_USAGE_STATS: '1' },
      },
      space: {
        max_num_seqs: { type: 'ordinal', choices: [2, 8] },
        max_num_batched_tokens: { type: 'ordinal', choices: [256, 2048] },
        enable_chunked_prefill: { type: 'boolean' },
        enable_prefix_caching: { type: 'boolean' },
      },
      // Four configurations; without chunked prefill a step of 256 tokens cannot hold a context of 512.
      rules: [
        'enable_chunked_prefill == true || (max_num_seqs == 8 && max_num_batched_tokens == 256 && enable_prefix_caching == true)',
        'enable_chunked_prefill == false || max_num_batched_tokens == 2048 || (max_num_seqs == 2 && enable_prefix_caching == true)',
        'max_num_batched_tokens == 256 || max_num_seqs == 8',
      ],
      budget: { experiments: 4 },
      confirmation: { pairs: 1 },
    }),
  )
  await api(service).finished(id)

  const tuning = await api(service).read(id)
  expect(tuning).toMatchObject({ state: 'completed', experiments: { failed: 1 } })
  const experiments = await api(service).experiments(id)
  const failed = experiments.flatMap((experiment) =>
    experiment.result?.status === 'failed' ? [{ ...experiment, diagnosis: experiment.result.diagnosis }] : [],
  )
  expect(failed).toMatchObject([
    {
      kind: 'search',
      configuration: { enable_chunked_prefill: false, max_num_batched_tokens: 256 },
      diagnosis: {
        kind: 'unsupported_combination',
        evidence: expect.stringContaining('max_num_batched_tokens (256) is smaller than max_model_len (512)'),
        advice: expect.stringContaining('enable_chunked_prefill'),
      },
    },
  ])
  const measured = experiments.filter(({ state }) => state === 'completed')
  // Besides it the baseline, three of the search, and the confirmation where the load generator kept up.
  expect(measured.length).toBeGreaterThanOrEqual(4)
  for (const { conditions, result } of measured) {
    expect(result).toMatchObject({
      status: 'measured',
      measurement: { outcomes: { ok: expect.any(Number) } },
    })
    expect(conditions).toMatchObject({ engineVersion: expect.stringMatching(/^0\.32/) })
    expect(conditions?.command).toContain('--max-num-queued-reqs')
  }
})
