import { createResource, createSignal, For, Show } from 'solid-js'
import type { Schemas } from '../../client/client.ts'
import { Answered } from '../parts/answered.tsx'
import { DeleteButton } from '../parts/delete-button.tsx'
import { StateBadge } from '../parts/state-badge.tsx'
import { TimeAgo } from '../parts/time-ago.tsx'
import { answer, api, done } from '../state/api.ts'
import { may } from '../state/session.ts'
import { webhookEventText } from '../words/webhook-words.ts'
import { A } from '@solidjs/router'

/** A webhook with what was sent to it, which is read when it is opened. */
export function WebhookItem(props: { webhook: Schemas['Webhook']; now: number; deleted: () => void }) {
  const [shown, setShown] = createSignal(false)
  const params = () => ({ path: { id: props.webhook.id } })
  const [deliveries, { refetch }] = createResource(shown, () =>
    answer(api.GET('/api/v1/webhooks/{id}/deliveries', { params: params() })),
  )
  const remove = async () => {
    await done(api.DELETE('/api/v1/webhooks/{id}', { params: params() }))
    props.deleted()
  }

  return (
    <li class="webhook">
      <div class="row">
        <span>
          <span class="webhook-url">{props.webhook.url}</span>
          <span class="sub">told when {props.webhook.events.map(webhookEventText).join(', ')}</span>
        </span>
        <span class="push row tight">
          <button
            type="button"
            class="small"
            aria-expanded={shown()}
            aria-label={`Deliveries to ${props.webhook.url}`}
            onClick={() => setShown((open) => !open)}
          >
            Deliveries
          </button>
          <Show when={may('admin')}>
            <DeleteButton name={`webhook ${props.webhook.url}`} remove={remove} />
          </Show>
        </span>
      </div>
      <Show when={shown()}>
        <Answered asked={deliveries} again={refetch} lines={2}>
          {(answered) => (
            <DeliveryList deliveries={answered().deliveries} now={props.now} refresh={() => void refetch()} />
          )}
        </Answered>
      </Show>
    </li>
  )
}

function DeliveryList(props: { deliveries: Schemas['WebhookDelivery'][]; now: number; refresh: () => void }) {
  return (
    <>
      <Show
        when={props.deliveries.length > 0}
        fallback={<p class="quiet">Nothing was sent yet: a message is sent when a tuning ends.</p>}
      >
        <table class="cards">
          <thead>
            <tr>
              <th scope="col">Message</th>
              <th scope="col">State</th>
              <th scope="col">Tuning</th>
              <th scope="col" class="number">
                Attempts
              </th>
              <th scope="col">Last error</th>
            </tr>
          </thead>
          <tbody>
            <For each={props.deliveries}>
              {(delivery) => (
                <tr>
                  <th scope="row" class="card-title">
                    {webhookEventText(delivery.event)}
                    <span class="sub">
                      <TimeAgo at={delivery.createdAt} now={props.now} />
                    </span>
                  </th>
                  <td data-label="State">
                    <StateBadge state={delivery.state} />
                  </td>
                  <td data-label="Tuning">
                    <A href={`/tunings/${delivery.tuningId}`}>{delivery.tuningId}</A>
                  </td>
                  <td data-label="Attempts" class="number">
                    {delivery.attempts}
                  </td>
                  <td data-label="Last error">{delivery.lastError ?? <span class="quiet">–</span>}</td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </Show>
      <div>
        <button type="button" class="small" onClick={() => props.refresh()}>
          Read again
        </button>
      </div>
    </>
  )
}
