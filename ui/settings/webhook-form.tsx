import { createSignal, For, Show } from 'solid-js'
import { createStore } from 'solid-js/store'
import type { Schemas } from '../../client/client.ts'
import { InlineInput } from '../parts/inline-input.tsx'
import { Secret } from '../parts/secret.tsx'
import { answer, api } from '../state/api.ts'
import { createAsk } from '../state/ask.ts'
import { WEBHOOK_EVENTS, type WebhookEvent } from '../words/webhook-words.ts'
import { SmallForm } from './small-form.tsx'

/** Adds a webhook; its secret is shown once. */
export function WebhookForm(props: { added: () => void }) {
  const [url, setUrl] = createSignal('')
  const [chosen, setChosen] = createStore<Record<WebhookEvent, boolean>>({
    'tuning.finished': true,
    'tuning.failed': true,
    'tuning.regression': true,
  })
  const [created, setCreated] = createSignal<Schemas['NewWebhook'] | null>(null)
  const { busy, error, ask } = createAsk()
  const events = () => WEBHOOK_EVENTS.map(({ event }) => event).filter((event) => chosen[event])
  const add = async () => {
    setCreated(await answer(api.POST('/api/v1/webhooks', { body: { url: url().trim(), events: events() } })))
    setUrl('')
    props.added()
  }

  return (
    <div class="settings-list">
      <SmallForm submit={() => void ask(add)} error={error()}>
        <InlineInput
          label="Address"
          value={url()}
          change={setUrl}
          type="url"
          size="36"
          placeholder="https://example.org/hook"
          autocomplete="off"
        />
        <div class="row" role="group" aria-label="Events">
          <For each={WEBHOOK_EVENTS}>
            {({ event, text }) => (
              <label class="check-line">
                <input
                  type="checkbox"
                  checked={chosen[event]}
                  onChange={(change) => setChosen(event, change.currentTarget.checked)}
                />
                {text}
              </label>
            )}
          </For>
        </div>
        <button
          type="submit"
          class="primary"
          disabled={busy() || url().trim() === '' || events().length === 0}
        >
          Add webhook
        </button>
      </SmallForm>
      <Show when={created()}>
        {(webhook) => (
          <Secret secret={webhook().secret} label="secret of the webhook">
            Messages to <b class="webhook-url">{webhook().url}</b> are signed with this secret. It is shown
            only now:
          </Secret>
        )}
      </Show>
    </div>
  )
}
