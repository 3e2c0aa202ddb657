import { patched, proxyActivities } from '@temporalio/workflow'
import type { HousekeepingActivities } from '../activities/housekeeping-activities.ts'

const {
  mendTunings,
  mendExperiments,
  mendLeases,
  mendDeliveries,
  mendSchedules,
  endStrayWorkflows,
  applyRetention,
} = proxyActivities<HousekeepingActivities>({
  startToCloseTimeout: '5 minutes',
  retry: { maximumAttempts: 3 },
})

/** One round of housekeeping: mends what crashes left apart and deletes what is past its retention. */
export async function housekeepingWorkflow(): Promise<void> {
  await mendTunings()
  await mendExperiments()
  await mendLeases()
  if (patched('mend-deliveries')) await mendDeliveries()
  if (patched('mend-schedules')) await mendSchedules()
  await endStrayWorkflows()
  await applyRetention()
}
