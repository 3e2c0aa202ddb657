import { setTimeout } from 'node:timers/promises'
import type { Database } from '../database/connect.ts'
import { listLiveHosts } from '../database/hosts.ts'
import { temporalClient } from '../temporal/connection.ts'

/** How long a part of the service may take to answer. */
const PATIENCE_MS = 90_000
const POLL_MS = 100
/** How long Temporal may take for one answer. */
const ANSWER_WITHIN_MS = 2000

/** Waits until Temporal answers for a namespace. */
export async function temporalReady(
  place: { address: string; namespace: string },
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<void> {
  const { address, namespace } = place
  const client = temporalClient({ ...place, env })
  const answers = () =>
    client
      .withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
        client.workflowService.describeNamespace({ namespace }),
      )
      .then(
        () => true,
        () => false,
      )
  try {
    await until(answers, `Temporal at ${address} does not answer for namespace ${namespace}`, signal)
  } finally {
    await client.connection.close()
  }
}

/** Waits until the API serves and a worker has announced its host. */
export async function serviceReady(
  apiUrl: string,
  db: Database,
  logs: string,
  signal: AbortSignal,
): Promise<void> {
  const ready = async () => {
    const response = await fetch(`${apiUrl}/healthz`).catch(() => null)
    return response?.ok === true && (await listLiveHosts(db)).length > 0
  }
  await until(ready, `API or worker do not get ready; see ${logs}`, signal)
}

async function until(
  condition: () => Promise<boolean>,
  otherwise: string,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  while (!(await condition())) {
    signal.throwIfAborted()
    if (performance.now() > deadline) throw new Error(otherwise)
    await setTimeout(POLL_MS, undefined, { signal })
  }
}
