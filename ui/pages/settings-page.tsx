import { createMemo, createResource, For, Show } from 'solid-js'
import type { Fleet } from '../../client/client.ts'
import { Answered } from '../parts/answered.tsx'
import { LookOnly } from '../parts/look-only.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { ProjectsPanel } from '../settings/projects-panel.tsx'
import { TokensPanel } from '../settings/tokens-panel.tsx'
import { UsersPanel } from '../settings/users-panel.tsx'
import { WebhookForm } from '../settings/webhook-form.tsx'
import { WebhookItem } from '../settings/webhook-item.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import { answer, api } from '../state/api.ts'
import { createNow } from '../state/now.ts'
import { may, projectChoice, session } from '../state/session.ts'
import { settled } from '../state/settled.ts'

/** Webhooks, tokens, users and projects, and what this is. There are no tokens while nobody needs to sign in; only admins see users. */
export default function SettingsPage() {
  const now = createNow()
  usePageTitle(() => 'Settings')
  const needsTokens = () => settled(session)?.signInNeeded === true
  const isAdmin = () => settled(session)?.user?.role === 'admin'
  const [webhooks, { refetch: readWebhooks }] = createResource(() => answer(api.GET('/api/v1/webhooks')))
  const [fleet, { refetch: readFleet }] = createResource(() => answer(api.GET('/api/v1/hosts')))
  const [tokens, { refetch: readTokens }] = createResource(needsTokens, () =>
    answer(api.GET('/api/v1/tokens')),
  )
  const [users, { refetch: readUsers }] = createResource(isAdmin, () => answer(api.GET('/api/v1/users')))
  const hasProjects = () => (needsTokens() && isAdmin()) || projectChoice().length > 0
  const [projects, { refetch: readProjects }] = createResource(hasProjects, () =>
    answer(api.GET('/api/v1/projects')),
  )
  // Drawn at once, since a panel that came late would push those below it.
  const drawn = createMemo<boolean>(
    (before) =>
      before || ![session, webhooks, fleet, tokens, users, projects].some(({ state }) => state === 'pending'),
    false,
  )

  return (
    <>
      <div class="page-head">
        <h1>Settings</h1>
      </div>
      <Show when={drawn()} fallback={<Skeleton lines={8} />}>
        <section class="panel" aria-labelledby="webhooks">
          <h2 id="webhooks">Webhooks</h2>
          <div class="settings-list">
            <p class="quiet">
              An address is told by POST when a tuning ends, signed by the Standard Webhooks specification,
              and told again for up to three hours until it answers 2xx.
            </p>
            <Show when={may('admin')} fallback={<LookOnly doing="adding webhooks" role="admin" />}>
              <WebhookForm added={() => void readWebhooks()} />
            </Show>
            <Answered asked={webhooks} again={readWebhooks}>
              {(answered) => (
                <ul>
                  <For each={answered().webhooks} fallback={<li class="quiet">No webhook yet.</li>}>
                    {(webhook) => (
                      <WebhookItem webhook={webhook} now={now()} deleted={() => void readWebhooks()} />
                    )}
                  </For>
                </ul>
              )}
            </Answered>
          </div>
        </section>
        <Show when={needsTokens()}>
          <TokensPanel tokens={tokens} again={() => void readTokens()} now={now()} />
        </Show>
        <Show when={isAdmin()}>
          <UsersPanel users={users} again={() => void readUsers()} now={now()} />
        </Show>
        <Show when={hasProjects()}>
          <ProjectsPanel projects={projects} again={() => void readProjects()} isAdmin={isAdmin()} />
        </Show>
        <section class="panel" aria-labelledby="about">
          <h2 id="about">About</h2>
          <Answered asked={fleet} again={readFleet}>
            {(answered) => <About hosts={answered().hosts} />}
          </Answered>
        </section>
      </Show>
    </>
  )
}

/** Which version runs where, and where the API is described. */
function About(props: { hosts: Fleet['hosts'] }) {
  return (
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
      <For each={props.hosts}>
        {(host) => (
          <div>
            <dt>Redline on {host.name}</dt>
            <dd>{host.version}</dd>
          </div>
        )}
      </For>
    </dl>
  )
}
