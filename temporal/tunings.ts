import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
} from '@temporalio/client'
import { ApplicationFailure, rootCause } from '@temporalio/common'
import { hash } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { ActionRequest } from '../domain/action.ts'
import { refusal } from '../domain/action-rules.ts'
import { TASK_QUEUE, TUNING_FINISHED, tuningWorkflowId } from '../domain/temporal-names.ts'
import {
  ACTION_UPDATES,
  openedUpdate,
  progressQuery,
  stateQuery,
  type ActionOutcome,
  type TuningProgressView,
} from '../workflows/messages.ts'
import { newTuningAttributes } from '../workflows/search-attributes.ts'
import type { tuningWorkflow } from '../workflows/tuning.ts'
import { isNotFound } from './not-found.ts'

/** What Temporal is to know of a tuning. */
export interface TuningRef {
  id: string
  engine: string
  model: string
  /** Who started it; null where nobody had to sign in. */
  owner: string | null
}

/**
 * Starts the workflow of a stored tuning; one that was started before is left alone. With an action it is started
 * again after its end; false when it runs already.
 */
export async function startTuning(
  client: Client,
  tuning: TuningRef,
  reopenedBy?: ActionRequest,
): Promise<boolean> {
  try {
    await client.workflow.start<typeof tuningWorkflow>('tuningWorkflow', {
      workflowId: tuningWorkflowId(tuning.id),
      taskQueue: TASK_QUEUE,
      workflowIdReusePolicy: reopenedBy === undefined ? 'REJECT_DUPLICATE' : 'ALLOW_DUPLICATE',
      args: [{ tuningId: tuning.id, ...(reopenedBy && { reopenedBy }) }],
      typedSearchAttributes: newTuningAttributes(tuning),
    })
    return true
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    return false
  }
}

/** An action that the workflow did not accept, with its reason. */
export class ActionRefusedError extends Error {}

/** How often a workflow that is just about to end is asked again. */
const REOPEN_TRIES = 20

/**
 * Names an action of a tuning whose newest event has a number: who asks the same again before anything has happened, as
 * no worker ran to answer, has asked once.
 */
function updateIdOf(request: ActionRequest, lastSeq: number): string {
  return hash('sha256', JSON.stringify([request, lastSeq]))
}

/**
 * Asks a tuning's workflow for an action, and returns what it came to; a finished tuning is opened again by it.
 * Throws {@link ActionRefusedError} when the workflow refuses.
 */
export async function actOnTuning(
  client: Client,
  tuning: TuningRef & { finished: boolean; last_seq: number },
  request: ActionRequest,
): Promise<ActionOutcome> {
  const handle = client.workflow.getHandle<typeof tuningWorkflow>(tuningWorkflowId(tuning.id))
  if (!tuning.finished) {
    try {
      return await handle.executeUpdate(ACTION_UPDATES[request.what.action], {
        args: [request],
        updateId: updateIdOf(request, tuning.last_seq),
      })
    } catch (error) {
      if (!hasFinished(error)) throw asRefusal(error)
      // It ended a moment before.
      const refused = refusal(request.what.action, await handle.query(stateQuery))
      if (refused !== null) throw new ActionRefusedError(refused)
    }
  }
  // Between saying that it is finished and being closed, a workflow cannot be started again.
  for (let tries = 1; !(await startTuning(client, tuning, request)); tries++) {
    if (tries === REOPEN_TRIES) throw new ActionRefusedError('somebody else has opened the tuning again')
    await setTimeout(100)
  }
  try {
    return await handle.executeUpdate(openedUpdate)
  } catch (error) {
    throw asRefusal(error)
  }
}

function hasFinished(error: unknown): boolean {
  if (error instanceof WorkflowNotFoundError) return true
  return (
    error instanceof WorkflowUpdateFailedError &&
    error.cause instanceof ApplicationFailure &&
    error.cause.type === TUNING_FINISHED
  )
}

function asRefusal(error: unknown): unknown {
  if (error instanceof WorkflowUpdateFailedError)
    return new ActionRefusedError(rootCause(error) ?? error.message)
  return error instanceof WorkflowNotFoundError ? new ActionRefusedError('the tuning is finished') : error
}

/** Asks a tuning's workflow how far it is. */
export async function tuningProgress(client: Client, id: string): Promise<TuningProgressView> {
  return client.workflow.getHandle(tuningWorkflowId(id)).query(progressQuery)
}

/** Deletes the history of a finished tuning from Temporal; nothing to delete is no error. */
export async function deleteTuningWorkflow(client: Client, id: string): Promise<void> {
  try {
    await client.workflowService.deleteWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId: tuningWorkflowId(id) },
    })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
