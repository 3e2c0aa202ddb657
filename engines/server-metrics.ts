import type { ServerCounters } from '../domain/server-check.ts'
import { askEngine, type EnginePlace } from './ask.ts'
import { metricSums, type MetricSums } from './prometheus-text.ts'

/** Reads an engine's metrics; null when it serves none, or something else. Throws the signal's reason when aborted. */
export async function readServerMetrics(
  place: EnginePlace,
  path: string,
  signal: AbortSignal,
): Promise<MetricSums | null> {
  const answer = await askEngine(place, path, { signal })
  return answer?.ok ? metricSums(answer.text) : null
}

/**
 * Returns what an engine counted between two readings. Names are those of vLLM 0.6 to 0.32, llama.cpp and SGLang 0.5,
 * each with and without `_total`; what an engine does not count, or what went backwards, is null.
 */
export function countersBetween(before: MetricSums, after: MetricSums): ServerCounters {
  const grown = (...names: string[]) => growth(before, after, names)
  const processed = grown('vllm:prompt_tokens', 'sglang:prompt_tokens', 'llamacpp:prompt_tokens')
  // llama.cpp counts apart what came from the cache.
  const reused = grown('llamacpp:prompt_tokens_cached')
  const ttftCount = grown(
    'vllm:time_to_first_token_seconds_count',
    'sglang:time_to_first_token_seconds_count',
  )
  const ttftSum = grown('vllm:time_to_first_token_seconds_sum', 'sglang:time_to_first_token_seconds_sum')
  const llamaCpp = [...after.keys()].some((name) => name.startsWith('llamacpp:'))
  return {
    outputTokens: grown('vllm:generation_tokens', 'sglang:generation_tokens', 'llamacpp:tokens_predicted'),
    inputTokens: !llamaCpp ? processed : processed === null || reused === null ? null : processed + reused,
    requests: grown('vllm:request_success', 'sglang:num_requests'),
    preemptions: grown('vllm:num_preemptions', 'sglang:num_retracted_reqs'),
    prefixCacheQueries: grown(
      'vllm:prefix_cache_queries',
      'vllm:gpu_prefix_cache_queries',
      'sglang:prompt_tokens',
    ),
    prefixCacheHits: grown(
      'vllm:prefix_cache_hits',
      'vllm:gpu_prefix_cache_hits',
      'sglang:cached_tokens',
      'llamacpp:prompt_tokens_cached',
    ),
    ttftMeanMs:
      ttftCount === null || ttftCount <= 0 || ttftSum === null ? null : (1000 * ttftSum) / ttftCount,
    ttftCount,
  }
}

/** A name that only shows once something was counted began at zero. */
function growth(before: MetricSums, after: MetricSums, names: string[]): number | null {
  for (const name of names.flatMap((name) => [`${name}_total`, name])) {
    const now = after.get(name)
    if (now === undefined) continue
    const grown = now - (before.get(name) ?? 0)
    return grown < 0 ? null : grown
  }
  return null
}
