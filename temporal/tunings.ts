import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
} from '@temporalio/client'
import { rootCause } from '@temporalio/common'
import { TASK_QUEUE, tuningWorkflowId } from '../domain/temporal-names.ts'
import type { TuningAction, TuningSpec, TuningState } from '../domain/tuning.ts'
import {
  cancelUpdate,
  pauseUpdate,
  progressQuery,
  resumeUpdate,
  type ActionRequest,
  type TuningProgressView,
} from '../workflows/messages.ts'
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts'
import type { tuningWorkflow } from '../workflows/tuning.ts'

/** Starts the workflow of a stored tuning; one that was started before is left alone. */
export async function startTuning(
  client: Client,
  tuning: { id: string; spec: TuningSpec; owner: string },
): Promise<void> {
  const { id, spec, owner } = tuning
  try {
    await client.workflow.start<typeof tuningWorkflow>('tuningWorkflow', {
      workflowId: tuningWorkflowId(id),
      taskQueue: TASK_QUEUE,
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      args: [{ tuningId: id, spec }],
      typedSearchAttributes: [
        { key: SEARCH_ATTRIBUTES.engine, value: spec.engine.kind },
        { key: SEARCH_ATTRIBUTES.model, value: spec.engine.model },
        { key: SEARCH_ATTRIBUTES.state, value: 'pending' },
        { key: SEARCH_ATTRIBUTES.owner, value: owner },
      ],
    })
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
  }
}

/** An action that the workflow did not accept, with its reason. */
export class ActionRefusedError extends Error {}

const UPDATES = { pause: pauseUpdate, resume: resumeUpdate, cancel: cancelUpdate }

/** Asks a tuning's workflow for an action and returns its state after it. Throws {@link ActionRefusedError} when it refuses. */
export async function actOnTuning(
  client: Client,
  id: string,
  action: TuningAction,
  request: ActionRequest,
): Promise<TuningState> {
  try {
    return await client.workflow
      .getHandle(tuningWorkflowId(id))
      .executeUpdate(UPDATES[action], { args: [request] })
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError)
      throw new ActionRefusedError(rootCause(error) ?? error.message)
    if (error instanceof WorkflowNotFoundError) throw new ActionRefusedError('the tuning is finished')
    throw error
  }
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
    if (!(error instanceof Error && 'code' in error && error.code === GRPC_NOT_FOUND)) throw error
  }
}

const GRPC_NOT_FOUND = 5
