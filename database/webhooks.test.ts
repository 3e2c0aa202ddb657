import { expect, test } from 'vitest'
import type { WebhookPayload } from '../domain/webhook.ts'
import { newDatabase } from '../tests/database.ts'
import { createWebhook, findDelivery, listDeliveries, queueDeliveries } from './webhooks.ts'

const ended = (timestamp: string): WebhookPayload => ({
  type: 'tuning.finished',
  timestamp,
  data: {
    tuning: { id: 't', name: 'quick', state: 'completed', message: null, best: null },
    schedule: null,
    comparison: null,
  },
})

test('each end of a tuning is told once, however often it is queued', async () => {
  const { db } = await newDatabase()
  await createWebhook(db, { id: 'w', url: 'http://x/', events: ['tuning.finished'], secret: 's' })
  const queue = (id: string, timestamp: string) =>
    queueDeliveries(db, [{ id, webhookId: 'w', payload: ended(timestamp) }])
  await queue('first', '2026-01-01T00:00:00.001Z')
  await queue('first again', '2026-01-01T00:00:00.001Z')
  await queue('second', '2026-01-01T00:00:00.002Z')
  await queue('second again', '2026-01-01T00:00:00.002Z')
  const deliveries = await listDeliveries(db, 'w', { reach: null, limit: 9 })
  expect(deliveries.map(({ id, event }) => [id, event])).toEqual([
    ['second', 'tuning.finished'],
    ['first', 'tuning.finished'],
  ])
  expect(await findDelivery(db, 'second')).toMatchObject({ payload: ended('2026-01-01T00:00:00.002Z') })
  await db.destroy()
})

test('an older version that queues beside this one queues no end twice, and what it queued counts', async () => {
  const { db } = await newDatabase()
  await createWebhook(db, { id: 'w', url: 'http://x/', events: ['tuning.finished'], secret: 's' })
  const older = (id: string, timestamp: string) =>
    db
      .insertInto('webhook_deliveries')
      .values({
        ...{ id, webhook_id: 'w', event: 'tuning.finished', tuning_id: 't', last_error: null },
        payload: JSON.stringify(ended(timestamp)),
      })
      .onConflict((conflict) => conflict.columns(['webhook_id', 'tuning_id', 'event']).doNothing())
      .execute()
  const newer = (id: string, timestamp: string) =>
    queueDeliveries(db, [{ id, webhookId: 'w', payload: ended(timestamp) }])
  await older('first', '2026-01-01T00:00:00.001Z')
  await newer('first again', '2026-01-01T00:00:00.001Z')
  await newer('second', '2026-01-01T00:00:00.002Z')
  await older('second again', '2026-01-01T00:00:00.002Z')
  const deliveries = await listDeliveries(db, 'w', { reach: null, limit: 9 })
  expect(deliveries.map(({ id, event }) => [id, event])).toEqual([
    ['second', 'tuning.finished'],
    ['first', 'tuning.finished'],
  ])
  await db.destroy()
})
