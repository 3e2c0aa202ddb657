import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ENGINES } from './index.ts'
import { metricSums } from './prometheus-text.ts'
import { countersBetween } from './server-metrics.ts'

const page = (name: string) => {
  const sums = metricSums(readFileSync(join(import.meta.dirname, 'fixtures/metrics', `${name}.txt`), 'utf8'))
  if (sums === null) throw new Error(`${name} is no page of metrics`)
  return sums
}
const namesOf = (kind: keyof typeof ENGINES) => ENGINES[kind].metrics?.counters ?? {}
const between = (kind: keyof typeof ENGINES, engine: string) =>
  countersBetween(namesOf(kind), page(`${engine}-before`), page(`${engine}-after`))

// Three requests of 32 prompt tokens, of which two found one token in the cache, and 16 tokens of output each.
test('llama-server tells tokens, those from the cache included', () => {
  expect(between('llama.cpp', 'llama-server-b11434')).toEqual({
    outputTokens: 48,
    inputTokens: 96,
    requests: null,
    preemptions: null,
    prefixCacheQueries: null,
    prefixCacheHits: 2,
    ttftMeanMs: null,
    ttftCount: null,
  })
})

// Three requests of 24 prompt tokens and 16 tokens of output each.
test('vLLM tells tokens, requests, cache, preemptions and its own mean TTFT', () => {
  expect(between('vllm', 'vllm-0.32.0')).toEqual({
    outputTokens: 48,
    inputTokens: 72,
    requests: 3,
    preemptions: 0,
    prefixCacheQueries: 72,
    prefixCacheHits: 0,
    ttftMeanMs: expect.closeTo(54.95, 2),
    ttftCount: 3,
  })
})

test('names without _total count too, label sets add up, and a counter that fell is unknown', () => {
  const before = metricSums('vllm:generation_tokens{engine="0"} 5\nvllm:prompt_tokens_total 9\n')
  const after = metricSums(
    [
      '# TYPE vllm:generation_tokens counter',
      'vllm:generation_tokens{engine="0",model_name="a}b\\" c"} 10',
      'vllm:generation_tokens{engine="1"} 2.5e1 1795485691103',
      'vllm:prompt_tokens_total 3',
      'vllm:spare_ratio NaN',
      'vllm:last_bucket{le="+Inf"} +Inf',
    ].join('\n'),
  )
  if (before === null || after === null) throw new Error('a page was not read')
  expect(countersBetween(namesOf('vllm'), before, after)).toMatchObject({
    outputTokens: 30,
    inputTokens: null,
    requests: null,
  })
})

// In the words of SGLang's documentation; not taken from a running server.
test('SGLang tells tokens and its own mean TTFT', () => {
  const after = metricSums(
    [
      'sglang:prompt_tokens_total{model_name="m"} 8.1e+03',
      'sglang:generation_tokens_total{model_name="m"} 700.0',
      'sglang:cached_tokens_total{cache_source="device",model_name="m"} 100.0',
      'sglang:num_requests_total{model_name="m"} 20.0',
      'sglang:time_to_first_token_seconds_sum{model_name="m"} 2.0',
      'sglang:time_to_first_token_seconds_count{model_name="m"} 20.0',
    ].join('\n'),
  )
  expect(countersBetween(namesOf('sglang'), new Map(), after ?? new Map())).toMatchObject({
    outputTokens: 700,
    inputTokens: 8100,
    prefixCacheHits: 100,
    requests: 20,
    ttftMeanMs: 100,
  })
})

test.each(['<html><body>not found</body></html>', '{"error": "no metrics"}', 'name value', 'name{a="b} 1'])(
  'a page that is no metrics is refused: %s',
  (text) => expect(metricSums(text)).toBeNull(),
)
