import type { Client } from '@temporalio/client'
import { Webhook } from 'standardwebhooks'
import type { Database } from '../database/connect.ts'
import { findDelivery, giveUpDelivery, recordAttempt } from '../database/webhooks.ts'
import { announceEnd } from './announcement.ts'

/** A receiver that takes longer has not taken the message. */
const ANSWER_WITHIN_MS = 10_000

/** Activities that tell webhooks of the ends of tunings. */
export function createWebhookActivities({ db, client }: { db: Database; client: Client }) {
  return {
    /** Compares a tuning that has ended with the run before of its schedule, and queues what webhooks asked for. */
    async announceEnd(tuningId: string): Promise<void> {
      await announceEnd(db, client, tuningId)
    },

    /** Sends a message once, signed by the Standard Webhooks specification; throws when it was not taken. */
    async deliverWebhook(deliveryId: string): Promise<void> {
      const delivery = await findDelivery(db, deliveryId)
      if (delivery === null || delivery.state !== 'pending') return
      const { url, secret, payload } = delivery
      const error = await post(url, secret, deliveryId, JSON.stringify(payload))
      await recordAttempt(db, deliveryId, error)
      if (error !== null) throw new Error(error)
    },

    async giveUpDelivery(deliveryId: string): Promise<void> {
      await giveUpDelivery(db, deliveryId)
    },
  }
}

/** Returns what went wrong; null when the receiver answered that it has the message. */
async function post(url: string, secret: string, id: string, body: string): Promise<string | null> {
  const now = new Date()
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'redline',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': new Webhook(secret).sign(id, now, body),
      },
      body,
      // A message goes where people said, nowhere else.
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    await response.body?.cancel()
    return response.ok ? null : `the receiver answered ${response.status}`
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return cause instanceof Error ? cause.message : String(cause)
  }
}

export type WebhookActivities = ReturnType<typeof createWebhookActivities>
