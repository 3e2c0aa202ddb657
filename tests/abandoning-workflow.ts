import { condition } from '@temporalio/workflow'
import { Children } from '../workflows/children.ts'
import type { Planned, RunStanding } from '../activities/tuning-activities.ts'

export { experimentWorkflow } from '../workflows/experiment.ts'

/** Abandons an experiment when its workflow is only ordered, and ends when it is over. */
export async function abandoningWorkflow(
  tuningId: string,
  planned: Planned,
  standing: RunStanding,
): Promise<void> {
  const children = new Children(tuningId, [], () => undefined)
  const started = children.start(planned, standing)
  children.abandon()
  await started
  await condition(() => children.size === 0)
}
