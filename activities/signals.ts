import { WorkflowNotFoundError, type Client } from '@temporalio/client'
import type { Grant } from '../domain/allocation.ts'
import { LEASE_SIGNAL } from '../domain/temporal-names.ts'

/** Signals a workflow; one that is over needs no telling. */
export async function signal(
  client: Client,
  workflowId: string,
  name: string,
  ...args: unknown[]
): Promise<void> {
  await client.workflow
    .getHandle(workflowId)
    .signal(name, ...args)
    .catch(ignoreMissingWorkflow)
}

/** Tells workflows that they hold devices now. */
export async function tellGranted(client: Client, grants: Pick<Grant, 'workflowId'>[]): Promise<void> {
  for (const { workflowId } of grants) await signal(client, workflowId, LEASE_SIGNAL)
}

export function ignoreMissingWorkflow(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error
}
