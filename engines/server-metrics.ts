import type { ServerCounters } from '../domain/server-check.ts'
import { askEngine, type EnginePlace } from './ask.ts'
import type { CounterNames } from './engine.ts'
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

/** Returns what an engine counted between two readings; what it does not count, or what went backwards, is null. */
export function countersBetween(names: CounterNames, before: MetricSums, after: MetricSums): ServerCounters {
  const grown = (alternatives: string[] = []) => growth(before, after, alternatives)
  const processed = grown(names.inputTokens)
  const reused = names.reusedTokens === undefined ? 0 : grown(names.reusedTokens)
  const ttftCount = grown(names.ttft === undefined ? [] : [`${names.ttft}_count`])
  const ttftSum = grown(names.ttft === undefined ? [] : [`${names.ttft}_sum`])
  return {
    outputTokens: grown(names.outputTokens),
    inputTokens: processed === null || reused === null ? null : processed + reused,
    requests: grown(names.requests),
    preemptions: grown(names.preemptions),
    prefixCacheQueries: grown(names.prefixCacheQueries),
    prefixCacheHits: grown(names.prefixCacheHits),
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
