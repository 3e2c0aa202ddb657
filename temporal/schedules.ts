import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client } from '@temporalio/client'
import { TASK_QUEUE } from '../domain/temporal-names.ts'

const HOUSEKEEPING = 'redline-housekeeping'

/** Makes the schedule of housekeeping, unless it is there. */
export async function ensureHousekeeping(client: Client): Promise<void> {
  try {
    await client.schedule.create({
      scheduleId: HOUSEKEEPING,
      spec: { intervals: [{ every: '30 seconds' }] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
      action: {
        type: 'startWorkflow',
        workflowType: 'housekeepingWorkflow',
        workflowId: HOUSEKEEPING,
        taskQueue: TASK_QUEUE,
        workflowExecutionTimeout: '30 minutes',
      },
    })
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error
  }
}
