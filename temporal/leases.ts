import { WorkflowNotFoundError, type Client } from '@temporalio/client'
import type { Database } from '../database/connect.ts'
import { grantFreeDevices } from '../database/leases.ts'
import { LEASE_SIGNAL } from '../domain/temporal-names.ts'

/** Gives devices that have become available (a host that came, or is no longer drained) to who waits for them. */
export async function offerFreeDevices(db: Database, client: Client): Promise<void> {
  for (const { workflowId } of await grantFreeDevices(db)) {
    await client.workflow
      .getHandle(workflowId)
      .signal(LEASE_SIGNAL)
      .catch((error: unknown) => {
        if (!(error instanceof WorkflowNotFoundError)) throw error
      })
  }
}
