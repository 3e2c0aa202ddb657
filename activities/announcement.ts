import type { Client } from '@temporalio/client'
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client'
import { randomBytes } from 'node:crypto'
import type { Database } from '../database/connect.ts'
import { listExperiments } from '../database/experiments.ts'
import { findRun, saveComparison } from '../database/schedules.ts'
import { findTuning, type StoredTuning } from '../database/tunings.ts'
import { listPendingDeliveries, listWebhooks, queueDeliveries } from '../database/webhooks.ts'
import { compareRuns, type RunComparison, type ScheduledRun } from '../domain/comparison.ts'
import { bestFigure, nothingMeetsLimits, objectiveValue } from '../domain/history.ts'
import { configurationKey } from '../domain/space.ts'
import { TASK_QUEUE, webhookWorkflowId } from '../domain/temporal-names.ts'
import { objectiveMetric } from '../domain/tuning.ts'
import type { WebhookEvent, WebhookPayload } from '../domain/webhook.ts'

/**
 * Does what follows the end of a tuning: compares a scheduled one with the run before, and queues a message for every
 * webhook that asked for its events. Doing it again sends nothing twice.
 */
export async function announceEnd(db: Database, client: Client, tuningId: string): Promise<void> {
  const tuning = await findTuning(db, tuningId)
  if (tuning === null) return
  const run = await findRun(db, tuningId)
  const comparison =
    run === null || tuning.state !== 'completed' ? null : await compare(db, tuning, run.previousIds)
  const events = eventsOf(tuning, comparison)
  const webhooks = await listWebhooks(db)
  await queueDeliveries(
    db,
    webhooks.flatMap((webhook) =>
      events
        .filter((event) => webhook.events.includes(event))
        .map((event) => ({
          id: `msg_${randomBytes(12).toString('hex')}`,
          webhookId: webhook.id,
          payload: payloadOf(event, tuning, run?.scheduleId ?? null, comparison),
        })),
    ),
  )
  await startDeliveries(client, await listPendingDeliveries(db, tuningId))
}

/** Delivers what nobody delivers: its workflow was never started, or somebody ended it. */
export async function resumeDeliveries(db: Database, client: Client): Promise<void> {
  await startDeliveries(client, await listPendingDeliveries(db))
}

async function compare(db: Database, tuning: StoredTuning, previousIds: string[]): Promise<RunComparison> {
  const comparison = compareRuns(
    await reference(db, previousIds),
    await runOf(db, tuning),
    objectiveMetric(tuning.spec.objective).higherIsBetter,
  )
  await saveComparison(db, tuning.id, comparison)
  return comparison
}

/** Returns the newest run that says something of the engine: against one that does not, a regression would be missed. */
async function reference(db: Database, previousIds: string[]): Promise<ScheduledRun | null> {
  for (const id of previousIds) {
    const tuning = await findTuning(db, id)
    const run = tuning === null ? null : await runOf(db, tuning)
    if (run !== null && (run.best !== null || run.limitsBroken)) return run
  }
  return null
}

/** Returns the best configuration with the objective in every run of it: in the search, and in the confirmation. */
async function runOf(
  db: Database,
  { id, best_number, spec: { objective } }: StoredTuning,
): Promise<ScheduledRun> {
  const experiments = await listExperiments(db, id)
  const best = experiments.find(({ number }) => number === best_number) ?? null
  const limitsBroken = best === null && nothingMeetsLimits(experiments, objective)
  if (best === null) return { tuningId: id, limitsBroken, best: null }
  const values = experiments
    .filter(
      ({ configuration, excluded }) =>
        !excluded && configurationKey(configuration) === configurationKey(best.configuration),
    )
    .flatMap((experiment) => objectiveValue(experiment, objective) ?? [])
  return { tuningId: id, limitsBroken, best: { configuration: best.configuration, values } }
}

function eventsOf({ state }: StoredTuning, comparison: RunComparison | null): WebhookEvent[] {
  if (state === 'failed') return ['tuning.failed']
  if (state !== 'completed') return []
  return comparison?.verdict === 'regression' ? ['tuning.finished', 'tuning.regression'] : ['tuning.finished']
}

function payloadOf(
  type: WebhookEvent,
  tuning: StoredTuning,
  scheduleId: string | null,
  comparison: RunComparison | null,
): WebhookPayload {
  const { id, name, state, message, best_number: number, best_objective: objective } = tuning
  return {
    type,
    timestamp: (tuning.finished_at ?? new Date()).toISOString(),
    data: {
      tuning: {
        id,
        name,
        state,
        message,
        best: bestFigure(number, objective),
      },
      schedule: scheduleId === null ? null : { id: scheduleId },
      comparison,
    },
  }
}

async function startDeliveries(client: Client, deliveryIds: string[]): Promise<void> {
  for (const deliveryId of deliveryIds) {
    try {
      await client.workflow.start('webhookWorkflow', {
        workflowId: webhookWorkflowId(deliveryId),
        taskQueue: TASK_QUEUE,
        workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
        args: [{ deliveryId }],
      })
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    }
  }
}
