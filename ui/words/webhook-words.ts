import type { Schemas } from '../../client/client.ts'

export type WebhookEvent = Schemas['Webhook']['events'][number]

/** What a webhook can be told of, in words. */
export const WEBHOOK_EVENTS: { event: WebhookEvent; text: string }[] = [
  { event: 'tuning.finished', text: 'a tuning is finished' },
  { event: 'tuning.failed', text: 'a tuning has failed' },
  { event: 'tuning.regression', text: 'a schedule has a regression' },
]

/** Writes an event in words. */
export function webhookEventText(event: WebhookEvent): string {
  return WEBHOOK_EVENTS.find((known) => known.event === event)?.text ?? event
}
