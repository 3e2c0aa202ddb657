import { isCancellation, proxyActivities } from '@temporalio/workflow'
import type { WebhookActivities } from '../activities/webhook-activities.ts'

// Twelve attempts, each twice as long after the one before, take just under three hours.
const { deliverWebhook } = proxyActivities<WebhookActivities>({
  startToCloseTimeout: '30 seconds',
  retry: {
    initialInterval: '5 seconds',
    backoffCoefficient: 2,
    maximumInterval: '3 hours',
    maximumAttempts: 12,
  },
})
const { giveUpDelivery } = proxyActivities<WebhookActivities>({ startToCloseTimeout: '1 minute' })

/** Delivers one message to a webhook, again and again until it is taken or given up. */
export async function webhookWorkflow({ deliveryId }: { deliveryId: string }): Promise<void> {
  try {
    await deliverWebhook(deliveryId)
  } catch (error) {
    if (isCancellation(error)) throw error
    await giveUpDelivery(deliveryId)
  }
}
