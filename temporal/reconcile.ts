import { WorkflowNotFoundError, type Client } from '@temporalio/client'
import type { Database } from '../database/connect.ts'
import { cancelOpenExperiments } from '../database/experiments.ts'
import { listLeaseHolders, releaseLease } from '../database/leases.ts'
import { findTuning, listOpenTunings, setTuningState } from '../database/tunings.ts'
import { tuningWorkflowId } from '../domain/temporal-names.ts'
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
    if (age_s < YOUNG_S) continue
    const status = await workflowStatus(client, tuningWorkflowId(id))
    if (status === 'RUNNING' || status === 'CONTINUED_AS_NEW') continue
    const tuning = await findTuning(db, id)
    if (tuning === null) continue
    if (status === null && state === 'pending') {
      await startTuning(client, { id, spec: tuning.spec, owner: OWNER })
      continue
    }
    await cancelOpenExperiments(db, id)
    const message =
      status === null ? 'its workflow is gone from Temporal' : `its workflow is ${status.toLowerCase()}`
    await setTuningState(db, id, { state: 'failed', phase: 'done', message })
  }
  for (const workflowId of await listLeaseHolders(db)) {
    if ((await workflowStatus(client, workflowId)) !== 'RUNNING') await releaseLease(db, workflowId)
  }
}

/** Until there are users, everything belongs to the one who runs the service. */
export const OWNER = 'local'
