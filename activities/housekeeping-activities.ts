import { WorkflowNotFoundError, type Client } from '@temporalio/client'
import type { Database } from '../database/connect.ts'
import { finishExperiment, listOpenExperiments, setExperimentStage } from '../database/experiments.ts'
import {
  grantFreeDevices,
  listHoldings,
  listQueue,
  listUnheardGrants,
  releaseLease,
} from '../database/leases.ts'
import { listExpired, purgeTuning } from '../database/deleted-tunings.ts'
import { deleteOldArtifacts, forgetSilentHosts } from '../database/retention.ts'
import { listSchedules, setSchedulePaused } from '../database/schedules.ts'
import { findTuning, listOpenTunings, setTuningState, type StoredTuning } from '../database/tunings.ts'
import { plainDiagnosis } from '../domain/plain-diagnosis.ts'
import type { SchedulePlan } from '../domain/schedule.ts'
import { EXPERIMENT_ENDED_SIGNAL, experimentWorkflowId, tuningWorkflowId } from '../domain/temporal-names.ts'
import { announceEnd, resumeDeliveries } from './announcement.ts'
import { ignoreMissingWorkflow, signal, tellGranted } from './signals.ts'

export interface HousekeepingDependencies {
  db: Database
  client: Client
  /** Starts the workflow of a stored tuning. */
  startTuning: (tuning: StoredTuning) => Promise<unknown>
  /** Makes a stored schedule in Temporal, unless it is there; returns whether it is paused there. */
  ensureSchedule: (schedule: { id: string; plan: SchedulePlan; paused: boolean }) => Promise<boolean>
  /** Deletes the history of a tuning's workflow. */
  deleteHistory: (tuningId: string) => Promise<void>
  /** Logs and request records of tunings that ended longer ago are deleted. */
  retentionDays: number
  /** Tunings that were deleted longer ago are gone for good. */
  deletedDays: number
}

/** A row this young may belong to a request that is about to start its workflow. */
const YOUNG_S = 5

/** Activities that mend what crashes, and hands in Temporal Web, left apart. */
export function createHousekeepingActivities({
  db,
  client,
  startTuning,
  ensureSchedule,
  deleteHistory,
  retentionDays,
  deletedDays,
}: HousekeepingDependencies) {
  async function statusOf(workflowId: string): Promise<'running' | 'closed' | 'missing'> {
    try {
      const { status } = await client.workflow.getHandle(workflowId).describe()
      return status.name === 'RUNNING' ? 'running' : 'closed'
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return 'missing'
      throw error
    }
  }

  /** Ends experiments of a tuning without a workflow; false while one of them still stops. */
  async function endExperiments(tuningId: string): Promise<boolean> {
    let over = true
    for (const { number, attempt } of await listOpenExperiments(db, tuningId)) {
      const workflowId = experimentWorkflowId(tuningId, number)
      if ((await statusOf(workflowId)) === 'running') {
        over = false
        await client.workflow.getHandle(workflowId).cancel().catch(ignoreMissingWorkflow)
        continue
      }
      await finishExperiment(db, tuningId, number, null)
      await setExperimentStage(db, tuningId, number, { stage: 'done', attempt })
    }
    return over
  }

  return {
    /** Starts stored tunings whose workflow never started, and ends those whose workflow is gone. */
    async mendTunings(): Promise<void> {
      for (const { id, state, age_s } of await listOpenTunings(db)) {
        if (age_s < YOUNG_S) continue
        const status = await statusOf(tuningWorkflowId(id))
        if (status === 'running') continue
        const tuning = await findTuning(db, id)
        if (tuning === null) continue
        if (status === 'missing' && state === 'pending') await startTuning(tuning)
        else if (await endExperiments(id)) {
          const message =
            status === 'missing'
              ? 'its workflow is gone from Temporal'
              : 'its workflow was ended from outside'
          await setTuningState(db, id, { state: 'failed', phase: 'done', message })
          await announceEnd(db, client, id)
        }
      }
    },

    /** Ends experiments whose workflow was ended from outside, and tells their tuning. */
    async mendExperiments(): Promise<void> {
      for (const { tuningId, number, attempt } of await listOpenExperiments(db)) {
        // One that is planned but not started has no workflow yet.
        if ((await statusOf(experimentWorkflowId(tuningId, number))) !== 'closed') continue
        const diagnosis = plainDiagnosis(
          'infrastructure',
          'its workflow was ended from outside',
          'See the workflow in Temporal Web.',
        )
        await finishExperiment(db, tuningId, number, { status: 'failed', diagnosis })
        // In this order: what is done is not looked at again, should this die in between.
        await signal(client, tuningWorkflowId(tuningId), EXPERIMENT_ENDED_SIGNAL, number, false)
        await setExperimentStage(db, tuningId, number, { stage: 'done', attempt })
      }
    },

    /** Frees what closed workflows hold or wait for, and tells those who have devices without knowing. */
    async mendLeases(): Promise<void> {
      const holders = [...(await listHoldings(db)), ...(await listQueue(db))]
      const granted: { workflowId: string }[] = []
      for (const workflowId of new Set(holders.map((holder) => holder.workflowId))) {
        if ((await statusOf(workflowId)) === 'running') continue
        granted.push(...(await releaseLease(db, workflowId)))
      }
      granted.push(...(await grantFreeDevices(db)))
      const unheard = (await listUnheardGrants(db)).map((workflowId) => ({ workflowId }))
      await tellGranted(client, [...granted, ...unheard])
    },

    /** Sees to it that every message to a webhook is on its way. */
    async mendDeliveries(): Promise<void> {
      await resumeDeliveries(db, client)
    },

    /** Makes schedules anew that Temporal has lost, as after a restore, and keeps which are paused in it. */
    async mendSchedules(): Promise<void> {
      for (const schedule of await listSchedules(db)) {
        const paused = await ensureSchedule(schedule)
        if (paused !== schedule.paused) await setSchedulePaused(db, schedule.id, paused)
      }
    },

    /** Terminates workflows of tunings that are not stored any more. */
    async endStrayWorkflows(): Promise<void> {
      const query = `WorkflowType = 'tuningWorkflow' AND ExecutionStatus = 'Running'`
      for await (const { workflowId } of client.workflow.list({ query })) {
        const id = workflowId.replace(/^tuning-/, '')
        if ((await findTuning(db, id)) !== null) continue
        await client.workflow
          .getHandle(workflowId)
          .terminate('the tuning was deleted')
          .catch(ignoreMissingWorkflow)
      }
    },

    /**
     * Deletes logs and request records past their retention, hosts that have been silent as long, and for good what was
     * deleted long enough ago.
     */
    async applyRetention(): Promise<void> {
      for (const id of await listExpired(db, deletedDays)) {
        await deleteHistory(id)
        await purgeTuning(db, id)
      }
      await deleteOldArtifacts(db, retentionDays)
      await forgetSilentHosts(db, retentionDays)
    },
  }
}

export type HousekeepingActivities = ReturnType<typeof createHousekeepingActivities>
