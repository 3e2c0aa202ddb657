import { createResource, For, Match, Show, Switch } from 'solid-js'
import { Retry } from '../parts/retry.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { TokensPanel } from '../settings/tokens-panel.tsx'
import { UsersPanel } from '../settings/users-panel.tsx'
import { WebhookForm } from '../settings/webhook-form.tsx'
import { WebhookItem } from '../settings/webhook-item.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import { answer, api } from '../state/api.ts'
import { createNow } from '../state/now.ts'
import { failure, settled } from '../state/settled.ts'

/** Webhooks, tokens and users, and what this is. */
export default function SettingsPage() {
  const now = createNow()
  usePageTitle(() => 'Settings')
  const [webhooks, { refetch }] = createResource(() => answer(api.GET('/api/v1/webhooks')))

  return (
    <>
      <div class="page-head">
        <h1>Settings</h1>
      </div>
      <section class="panel" aria-labelledby="webhooks">
        <h2 id="webhooks">Webhooks</h2>
        <div class="settings-list">
          <p class="quiet">
            An address is told by POST when a tuning ends, signed by the Standard Webhooks specification, and
            told again for up to three hours until it answers 2xx.
          </p>
          <WebhookForm added={() => void refetch()} />
          <div class="webhook-place">
            <Switch fallback={<Skeleton lines={1} />}>
              <Match when={webhooks.state === 'errored'}>
                <Retry error={failure(webhooks)} retry={() => void refetch()} />
              </Match>
              <Match when={settled(webhooks)}>
                {(answered) => (
                  <ul>
                    <For each={answered().webhooks} fallback={<li class="quiet">No webhook yet.</li>}>
                      {(webhook) => (
                        <WebhookItem webhook={webhook} now={now()} deleted={() => void refetch()} />
                      )}
                    </For>
                  </ul>
                )}
              </Match>
            </Switch>
          </div>
        </div>
      </section>
      <TokensPanel now={now()} />
      <UsersPanel now={now()} />
      <About />
    </>
  )
}

/** Which version runs where, and where the API is described. */
function About() {
  const [fleet, { refetch }] = createResource(() => answer(api.GET('/api/v1/hosts')))
  return (
    <section class="panel" aria-labelledby="about">
      <h2 id="about">About</h2>
      <Show when={fleet.state === 'errored'}>
        <Retry error={failure(fleet)} retry={() => void refetch()} />
      </Show>
      <dl class="host-facts">
        <div>
          <dt>API</dt>
          <dd>
            <a href="/docs" target="_self">
              Swagger UI
            </a>
            ,{' '}
            <a href="/redoc" target="_self">
              ReDoc
            </a>
            ,{' '}
            <a href="/openapi.json" target="_self">
              OpenAPI document
            </a>
          </dd>
        </div>
        <For each={settled(fleet)?.hosts ?? []}>
          {(host) => (
            <div>
              <dt>Redline on {host.name}</dt>
              <dd>{host.version}</dd>
            </div>
          )}
        </For>
      </dl>
    </section>
  )
}
