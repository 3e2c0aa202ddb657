import { WorkflowNotFoundError, type Client } from '@temporalio/client'
import type { Database } from '../database/connect.ts'
import { listLeaseHolders, releaseLease } from '../database/leases.ts'
import { findTuning, listOpenTunings, setTuningState } from '../database/tunings.ts'
import { tuningWorkflowId } from '../domain/tuning.ts'
import { startTuning } from './tunings.ts'

/** A row this young may belong to a request that is about to start its workflow. */
const YOUNG_S = 5

async function workflowStatus(client: Client, workflowId: string): Promise<string | null> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null
    throw error
  }
}

/**
 * Mends what a crash or a hand in Temporal Web left apart: a stored tuning whose workflow never started is started;
 * one whose workflow is closed without having said so is marked failed; leases of closed workflows are freed.
 */
export async function reconcile(db: Database, client: Client): Promise<void> {
  for (const { id, state, age_s } of await listOpenTunings(db)) {
    const status = await workflowStatus(client, tuningWorkflowId(id))
    if (status === null && age_s > YOUNG_S) {
      const tuning = await findTuning(db, id)
      if (tuning !== null && state === 'pending')
        await startTuning(client, { id, spec: tuning.spec, owner: OWNER })
      else if (tuning !== null)
        await setTuningState(db, id, {
          state: 'failed',
          phase: 'done',
          message: 'its workflow is gone from Temporal',
        })
    }
    if (status !== null && status !== 'RUNNING' && status !== 'CONTINUED_AS_NEW' && age_s > YOUNG_S) {
      await setTuningState(db, id, {
        state: 'failed',
        phase: 'done',
        message: `its workflow is ${status.toLowerCase()}`,
      })
    }
  }
  for (const workflowId of await listLeaseHolders(db)) {
    if ((await workflowStatus(client, workflowId)) !== 'RUNNING') await releaseLease(db, workflowId)
  }
}

/** Until there are users, everything belongs to the one who runs the service. */
export const OWNER = 'local'
