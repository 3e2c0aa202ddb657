import {
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleHandle,
  type ScheduleSpec,
} from '@temporalio/client'
import { durationMs } from '../domain/duration.ts'
import type { OverlapPolicy, SchedulePlan } from '../domain/schedule.ts'
import { TASK_QUEUE, temporalScheduleId } from '../domain/temporal-names.ts'
import type { scheduledTuningWorkflow } from '../workflows/scheduled-tuning.ts'

const OVERLAP: Record<OverlapPolicy, ScheduleOverlapPolicy> = {
  skip: ScheduleOverlapPolicy.SKIP,
  buffer_one: ScheduleOverlapPolicy.BUFFER_ONE,
  allow_all: ScheduleOverlapPolicy.ALLOW_ALL,
  cancel_other: ScheduleOverlapPolicy.CANCEL_OTHER,
}

/** Temporal does not understand a schedule, with its reason. */
export class ScheduleRefusedError extends Error {}

function specOf({ timing, timeZone }: SchedulePlan): ScheduleSpec {
  const timezone = timeZone
  if ('cron' in timing) return { cronExpressions: timing.cron, timezone }
  if ('every' in timing) return { intervals: [{ every: durationMs(timing.every) }] }
  const calendars = timing.calendars.map((calendar) =>
    // A field that is not named is left to Temporal's defaults.
    Object.fromEntries(Object.entries(calendar).filter(([, values]) => values !== undefined)),
  )
  return { calendars, timezone }
}

/** Creates the Temporal schedule of recurring tunings. Throws {@link ScheduleRefusedError} for times that are none. */
export async function createTuningSchedule(
  client: Client,
  { id, plan, paused }: { id: string; plan: SchedulePlan; paused: boolean },
): Promise<void> {
  try {
    await client.schedule.create<typeof scheduledTuningWorkflow>({
      scheduleId: temporalScheduleId(id),
      spec: specOf(plan),
      policies: { overlap: OVERLAP[plan.overlap], catchupWindow: durationMs(plan.catchupWindow) },
      state: { paused },
      action: {
        type: 'startWorkflow',
        workflowType: 'scheduledTuningWorkflow',
        workflowId: `${temporalScheduleId(id)}/run`,
        taskQueue: TASK_QUEUE,
        args: [{ scheduleId: id }],
      },
    })
  } catch (error) {
    // So the SDK tells of a spec that the server does not take.
    if (error instanceof TypeError) throw new ScheduleRefusedError(error.message)
    throw error
  }
}

/** Creates the Temporal schedule of a stored schedule, unless it is there; returns whether it is paused. */
export async function ensureTuningSchedule(
  client: Client,
  schedule: { id: string; plan: SchedulePlan; paused: boolean },
): Promise<boolean> {
  const standing = await describeSchedule(client, schedule.id)
  if (standing === null) await createTuningSchedule(client, schedule)
  return standing?.paused ?? schedule.paused
}

/** How a schedule stands in Temporal. */
export interface ScheduleStanding {
  paused: boolean
  nextRuns: Date[]
  /** Runs left out because the one before was not over. */
  skipped: number
  /** Runs left out because the service was down for too long. */
  missed: number
}

/** Asks Temporal how a schedule stands; null when it has no such schedule. */
export async function describeSchedule(client: Client, id: string): Promise<ScheduleStanding | null> {
  return withSchedule(client, id, async (handle) => {
    const { state, info } = await handle.describe()
    return {
      paused: state.paused,
      nextRuns: info.nextActionTimes,
      skipped: info.numActionsSkippedOverlap,
      missed: info.numActionsMissedCatchupWindow,
    }
  })
}

export const SCHEDULE_OPERATIONS = ['pause', 'resume', 'run'] as const
export type ScheduleOperation = (typeof SCHEDULE_OPERATIONS)[number]

/**
 * Pauses or resumes a schedule, or lets it run once now, under its overlap policy; false when Temporal has no such
 * schedule. Of two runs asked for in the same second there is one. Temporal Web shows the reason of a pause.
 */
export async function operateSchedule(
  client: Client,
  { id, plan }: { id: string; plan: SchedulePlan },
  operation: ScheduleOperation,
  reason?: string,
): Promise<boolean> {
  const done = await withSchedule(client, id, async (handle) => {
    if (operation === 'pause') await handle.pause(reason)
    else if (operation === 'resume') await handle.unpause()
    // The SDK would allow all by default.
    else await handle.trigger(OVERLAP[plan.overlap])
    return true
  })
  return done ?? false
}

/** Deletes a schedule from Temporal; nothing to delete is no error. A tuning that it started goes on. */
export async function deleteTuningSchedule(client: Client, id: string): Promise<void> {
  await withSchedule(client, id, (handle) => handle.delete())
}

async function withSchedule<Result>(
  client: Client,
  id: string,
  use: (handle: ScheduleHandle) => Promise<Result>,
): Promise<Result | null> {
  try {
    return await use(client.schedule.getHandle(temporalScheduleId(id)))
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null
    throw error
  }
}
