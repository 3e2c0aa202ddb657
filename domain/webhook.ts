import { z } from 'zod'
import { RunComparison } from './comparison.ts'
import { hasLogin } from './has-login.ts'
import { TuningState } from './tuning.ts'

/** What a webhook can be told of. A cancelled tuning is told of by none: somebody asked for it. */
export const WebhookEvent = z.enum(['tuning.finished', 'tuning.failed', 'tuning.regression'])
export type WebhookEvent = z.infer<typeof WebhookEvent>

export const DeliveryState = z.enum(['pending', 'delivered', 'failed'])
export type DeliveryState = z.infer<typeof DeliveryState>

/** A webhook as people ask for it. */
export const WebhookRequest = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/, error: 'expected an http or https address' })
      .max(2000)
      .refine((url) => !hasLogin(url), {
        message:
          'put no user name or password in the address, which everybody sees: messages are signed with a secret',
      })
      .meta({ description: 'Where messages are sent by POST.' }),
    events: z
      .array(WebhookEvent)
      .min(1)
      .refine((events) => new Set(events).size === events.length, 'an event is named twice'),
  })
  .meta({ id: 'WebhookRequest' })
export type WebhookRequest = z.infer<typeof WebhookRequest>

/** The body of a message: shaped as the Standard Webhooks specification asks for. */
export const WebhookPayload = z
  .object({
    type: WebhookEvent,
    timestamp: z.iso.datetime().meta({ description: 'When it happened.' }),
    data: z.object({
      tuning: z.object({
        id: z.string(),
        name: z.string(),
        state: TuningState,
        message: z.string().nullable(),
        best: z.object({ number: z.int(), objective: z.number() }).nullable(),
      }),
      schedule: z.object({ id: z.string() }).nullable(),
      comparison: RunComparison.nullable().meta({
        description: 'With the run before of the same schedule.',
      }),
    }),
  })
  .meta({ id: 'WebhookPayload' })
export type WebhookPayload = z.infer<typeof WebhookPayload>
