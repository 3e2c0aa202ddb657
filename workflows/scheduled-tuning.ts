import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common'
import { executeChild, proxyActivities, sleep, workflowInfo } from '@temporalio/workflow'
import type { ScheduleActivities } from '../activities/schedule-activities.ts'
import { tuningWorkflowId } from '../domain/temporal-names.ts'
import { newTuningAttributes } from './search-attributes.ts'
import { tuningWorkflow } from './tuning.ts'

const { createScheduledTuning, isTuningOver } = proxyActivities<ScheduleActivities>({
  startToCloseTimeout: '1 minute',
  retry: { maximumInterval: '30 seconds' },
})

/**
 * One run of a schedule: an ordinary tuning, which it waits for, so that Temporal's policy about overlaps is about
 * tunings.
 */
export async function scheduledTuningWorkflow({ scheduleId }: { scheduleId: string }): Promise<void> {
  const { workflowId, runId, startTime } = workflowInfo()
  const startedAt = `${startTime.toISOString().slice(0, 19)}Z`
  const tuning = await createScheduledTuning(scheduleId, `${workflowId}/${runId}`, startedAt)
  if (tuning === null) return
  const { tuningId } = tuning
  try {
    await executeChild(tuningWorkflow, {
      workflowId: tuningWorkflowId(tuningId),
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      parentClosePolicy: 'REQUEST_CANCEL',
      args: [{ tuningId }],
      typedSearchAttributes: newTuningAttributes(tuning),
    })
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    // Housekeeping found the tuning stored and not started, and was first.
    while (!(await isTuningOver(tuningId))) await sleep('5 seconds')
  }
}
