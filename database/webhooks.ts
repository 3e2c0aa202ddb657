import { sql, type Selectable } from 'kysely'
import { z } from 'zod'
import type { Reach } from '../domain/project.ts'
import { WebhookEvent, WebhookPayload, type DeliveryState, type WebhookRequest } from '../domain/webhook.ts'
import type { Connection, Database } from './connect.ts'
import type { WebhookDeliveriesTable, WebhooksTable } from './schema.ts'

/** A webhook without its secret, which is shown once only. */
export type StoredWebhook = Omit<Selectable<WebhooksTable>, 'events' | 'secret'> & { events: WebhookEvent[] }

const COLUMNS = ['id', 'url', 'events', 'created_at'] as const

export async function createWebhook(
  db: Database,
  { id, url, events, secret }: WebhookRequest & { id: string; secret: string },
): Promise<StoredWebhook> {
  const { created_at } = await db
    .insertInto('webhooks')
    .values({ id, url, events: JSON.stringify(events), secret })
    .returning('created_at')
    .executeTakeFirstOrThrow()
  return { id, url, events, created_at }
}

/** Returns all webhooks, the oldest first. */
export async function listWebhooks(db: Connection): Promise<StoredWebhook[]> {
  const rows = await db.selectFrom('webhooks').select(COLUMNS).orderBy('created_at').orderBy('id').execute()
  return rows.map((row) => ({ ...row, events: z.array(WebhookEvent).parse(row.events) }))
}

/** Deletes a webhook with its deliveries; false when there was none. */
export async function deleteWebhook(db: Database, id: string): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('webhooks').where('id', '=', id).executeTakeFirst()
  return numDeletedRows > 0n
}

export interface NewDelivery {
  id: string
  webhookId: string
  payload: WebhookPayload
}

/** Queues messages; one that was queued before for the same webhook, tuning, event and end is left as it is. */
export async function queueDeliveries(db: Database, deliveries: NewDelivery[]): Promise<void> {
  if (deliveries.length === 0) return
  await db
    .insertInto('webhook_deliveries')
    .values(
      deliveries.map(({ id, webhookId, payload }) => ({
        id,
        webhook_id: webhookId,
        event: null,
        tuning_id: payload.data.tuning.id,
        payload: JSON.stringify(payload),
        last_error: null,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Returns the ids of messages that are still to be delivered, of all tunings or of one. */
export async function listPendingDeliveries(db: Connection, tuningId?: string): Promise<string[]> {
  const rows = await db
    .selectFrom('webhook_deliveries')
    .select('id')
    .where('state', '=', 'pending')
    .$if(tuningId !== undefined, (query) => query.where('tuning_id', '=', tuningId ?? ''))
    .execute()
  return rows.map(({ id }) => id)
}

/** A message with where it goes and what it is signed with; null when its webhook was deleted. */
export async function findDelivery(
  db: Connection,
  id: string,
): Promise<{ state: DeliveryState; payload: WebhookPayload; url: string; secret: string } | null> {
  const row = await db
    .selectFrom('webhook_deliveries')
    .innerJoin('webhooks', 'webhooks.id', 'webhook_deliveries.webhook_id')
    .select(['webhook_deliveries.state', 'payload', 'url', 'secret'])
    .where('webhook_deliveries.id', '=', id)
    .executeTakeFirst()
  return row === undefined ? null : { ...row, payload: WebhookPayload.parse(row.payload) }
}

/** Records an attempt at a message: delivered without an error, else what went wrong. */
export async function recordAttempt(db: Database, id: string, error: string | null): Promise<void> {
  await db
    .updateTable('webhook_deliveries')
    .set({
      attempts: sql<number>`attempts + 1`,
      last_error: error,
      ...(error === null ? { state: 'delivered' as const } : {}),
    })
    .where('id', '=', id)
    .execute()
}

/** Records that a message is not tried again. */
export async function giveUpDelivery(db: Database, id: string): Promise<void> {
  await db
    .updateTable('webhook_deliveries')
    .set({ state: 'failed' })
    .where('id', '=', id)
    .where('state', '=', 'pending')
    .execute()
}

export type StoredDelivery = Omit<Selectable<WebhookDeliveriesTable>, 'payload' | 'event'> & {
  event: WebhookEvent
}

/** Returns the newest messages of a webhook about tunings within reach, the newest first. */
export async function listDeliveries(
  db: Connection,
  webhookId: string,
  { reach, limit }: { reach: Reach; limit: number },
): Promise<StoredDelivery[]> {
  const rows = await db
    .selectFrom('webhook_deliveries')
    .select(['id', 'webhook_id', 'tuning_id', 'state', 'attempts', 'last_error', 'created_at'])
    .select(sql<unknown>`payload->>'type'`.as('event'))
    .where('webhook_id', '=', webhookId)
    .$if(reach !== null, (query) =>
      query.where('tuning_id', 'in', (eb) =>
        eb
          .selectFrom('tunings')
          .select('id')
          .where('project', '=', sql<string>`any(${reach})`),
      ),
    )
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ ...row, event: WebhookEvent.parse(row.event) }))
}
