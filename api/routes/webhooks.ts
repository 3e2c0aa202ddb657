import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import {
  createWebhook,
  deleteWebhook,
  listDeliveries,
  listWebhooks,
  type StoredDelivery,
  type StoredWebhook,
} from '../../database/webhooks.ts'
import { DeliveryState, WebhookEvent, WebhookRequest } from '../../domain/webhook.ts'
import type { ApiContext } from '../context.ts'
import { Id, Time } from '../fields.ts'
import { HttpProblem } from '../problems.ts'
import { route, type Route } from '../route.ts'

const WebhookView = z
  .object({ id: z.string(), url: z.string(), events: z.array(WebhookEvent), createdAt: Time })
  .meta({ id: 'Webhook' })

const NewWebhook = WebhookView.extend({
  secret: z.string().meta({
    description: 'What messages are signed with, by the Standard Webhooks specification; shown only here.',
  }),
}).meta({ id: 'NewWebhook' })

const Delivery = z
  .object({
    id: z.string().meta({ description: 'The header `webhook-id`, the same in every attempt.' }),
    event: WebhookEvent,
    tuningId: z.string(),
    state: DeliveryState,
    attempts: z.int(),
    lastError: z.string().nullable(),
    createdAt: Time,
  })
  .meta({ id: 'WebhookDelivery' })

/** How many messages are shown of a webhook. */
const SHOWN_DELIVERIES = 200
/** The specification asks for 24 to 64. */
const SECRET_BYTES = 32

export function webhookRoutes({ db, vault }: ApiContext): Route[] {
  return [
    route({
      method: 'post',
      path: '/webhooks',
      operationId: 'createWebhook',
      tag: 'Webhooks',
      needs: 'admin',
      summary: 'Add a webhook: an address that is told of the ends of tunings',
      description:
        'Messages are signed by the Standard Webhooks specification and sent again, for up to three hours, until they are answered with 2xx.',
      body: WebhookRequest,
      responses: { 201: { description: 'Added', schema: NewWebhook } },
      problems: [],
      async handle({ body: { url, events } }) {
        const id = randomBytes(6).toString('hex')
        const secret = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`
        const webhook = await createWebhook(db, { id, url, events, secret: vault.seal(secret) })
        return { status: 201, body: { ...webhookView(webhook), secret } }
      },
    }),

    route({
      method: 'get',
      path: '/webhooks',
      operationId: 'listWebhooks',
      tag: 'Webhooks',
      summary: 'List webhooks',
      responses: {
        200: { description: 'The oldest first', schema: z.object({ webhooks: z.array(WebhookView) }) },
      },
      problems: [],
      async handle() {
        return { status: 200, body: { webhooks: (await listWebhooks(db)).map(webhookView) } }
      },
    }),

    route({
      method: 'delete',
      path: '/webhooks/:id',
      operationId: 'deleteWebhook',
      tag: 'Webhooks',
      needs: 'admin',
      summary: 'Delete a webhook; what is still to be delivered to it is not',
      params: Id,
      responses: { 204: { description: 'Deleted' } },
      problems: [404],
      async handle({ params: { id } }) {
        if (!(await deleteWebhook(db, id))) throw missing(id)
        return { status: 204, body: null }
      },
    }),

    route({
      method: 'get',
      path: '/webhooks/:id/deliveries',
      operationId: 'listDeliveries',
      tag: 'Webhooks',
      summary: 'List what was sent to a webhook',
      params: Id,
      responses: {
        200: {
          description: `The newest ${SHOWN_DELIVERIES}, the newest first`,
          schema: z.object({ deliveries: z.array(Delivery) }),
        },
      },
      problems: [404],
      async handle({ params: { id }, who }) {
        if (!(await listWebhooks(db)).some((webhook) => webhook.id === id)) throw missing(id)
        const deliveries = await listDeliveries(db, id, { reach: who.projects, limit: SHOWN_DELIVERIES })
        return { status: 200, body: { deliveries: deliveries.map(deliveryView) } }
      },
    }),
  ]
}

function missing(id: string): HttpProblem {
  return new HttpProblem(404, `there is no webhook "${id}"; GET /api/v1/webhooks lists them`)
}

function webhookView({ id, url, events, created_at }: StoredWebhook): z.infer<typeof WebhookView> {
  return { id, url, events, createdAt: created_at.toISOString() }
}

function deliveryView(delivery: StoredDelivery): z.infer<typeof Delivery> {
  const { id, event, state, attempts, tuning_id, last_error, created_at } = delivery
  const createdAt = created_at.toISOString()
  return { id, event, tuningId: tuning_id, state, attempts, lastError: last_error, createdAt }
}
