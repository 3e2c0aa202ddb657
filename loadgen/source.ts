import { datasetSource } from './dataset-source.ts'
import type { PromptPlan } from './prompts.ts'
import type { RequestSource, Shard } from './request-source.ts'
import { conversationSource, prefixSource, syntheticSource } from './synthetic-sources.ts'

/** Opens the requests of a workload, or the part of them that one thread sends. */
export function openSource(plan: PromptPlan, shard: Shard): RequestSource {
  const { prompts, load } = plan.workload
  if ('synthetic' in prompts) return syntheticSource(plan, shard)
  if ('prefixGroups' in prompts) return prefixSource(plan, prompts, shard)
  if ('multiTurn' in prompts) return conversationSource(plan, prompts, shard)
  const speedUp = 'trace' in load ? load.trace.speedUp : null
  return datasetSource(plan, prompts.dataset, shard, speedUp)
}
