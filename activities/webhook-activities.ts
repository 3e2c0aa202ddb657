import type { Client } from '@temporalio/client'
import { Webhook } from 'standardwebhooks'
import type { Database } from '../database/connect.ts'
import { hasUsers } from '../database/users.ts'
import type { Vault } from '../database/vault.ts'
import { findDelivery, giveUpDelivery, recordAttempt } from '../database/webhooks.ts'
import type { Network } from '../domain/network.ts'
import { announceEnd } from './announcement.ts'
import { postWebhook } from './webhook-post.ts'

export interface WebhookActivityDependencies {
  db: Database
  client: Client
  /** Opens the secrets that messages are signed with. */
  vault: Vault
  /** The private networks that webhooks may reach; without users whoever is on the machine may reach all. */
  privateNetworks: readonly Network[]
}

/** Activities that tell webhooks of the ends of tunings. */
export function createWebhookActivities({ db, client, vault, privateNetworks }: WebhookActivityDependencies) {
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
      const body = JSON.stringify(payload)
      const networks = (await hasUsers(db)) ? privateNetworks : null
      const error = await postWebhook(url, signed(vault.open(secret), deliveryId, body), body, networks)
      await recordAttempt(db, deliveryId, error)
      if (error !== null) throw new Error(error)
    },

    async giveUpDelivery(deliveryId: string): Promise<void> {
      await giveUpDelivery(db, deliveryId)
    },
  }
}

function signed(secret: string, id: string, body: string): Record<string, string> {
  const now = new Date()
  return {
    'content-type': 'application/json',
    'user-agent': 'redline',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, now, body),
  }
}

export type WebhookActivities = ReturnType<typeof createWebhookActivities>
