import type { Client } from '@temporalio/client'
import { tellGranted } from '../activities/signals.ts'
import type { Database } from '../database/connect.ts'
import { grantFreeDevices } from '../database/leases.ts'

/** Gives devices that have become available (a host that came, or is no longer drained) to who waits for them. */
export async function offerFreeDevices(db: Database, client: Client): Promise<void> {
  await tellGranted(client, await grantFreeDevices(db))
}
