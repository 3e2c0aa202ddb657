import { createSignal, For, Show, type Resource } from 'solid-js'
import type { Schemas } from '../../client/client.ts'
import type { Role } from '../../domain/access.ts'
import { Answered } from '../parts/answered.tsx'
import { DeleteButton } from '../parts/delete-button.tsx'
import { InlineInput } from '../parts/inline-input.tsx'
import { Secret } from '../parts/secret.tsx'
import { TimeAgo } from '../parts/time-ago.tsx'
import { answer, api, done } from '../state/api.ts'
import { createAsk } from '../state/ask.ts'
import { may, session } from '../state/session.ts'
import { settled } from '../state/settled.ts'
import { RoleSelect } from './role-select.tsx'
import { SmallForm } from './small-form.tsx'

/** Tokens for programs and the CLI. */
export function TokensPanel(props: {
  tokens: Resource<{ tokens: Schemas['Token'][] }>
  again: () => void
  now: number
}) {
  return (
    <section class="panel" aria-labelledby="tokens">
      <h2 id="tokens">Tokens</h2>
      <div class="settings-list">
        <p class="quiet">
          What the CLI (<code>REDLINE_TOKEN</code>) and programs (<code>Authorization: Bearer</code>) sign in
          with. A token may never more than its user.
        </p>
        <TokenForm added={() => props.again()} />
        <Answered asked={props.tokens} again={props.again}>
          {(answered) => (
            <ul>
              <For each={answered().tokens} fallback={<li class="quiet">No token yet.</li>}>
                {(token) => <TokenItem token={token} now={props.now} deleted={() => props.again()} />}
              </For>
            </ul>
          )}
        </Answered>
      </div>
    </section>
  )
}

function TokenItem(props: { token: Schemas['Token']; now: number; deleted: () => void }) {
  const remove = async () => {
    await done(api.DELETE('/api/v1/tokens/{id}', { params: { path: { id: props.token.id } } }))
    props.deleted()
  }
  return (
    <li class="row">
      <span>
        {props.token.name}
        <span class="sub">
          {props.token.role} of {props.token.user}, used{' '}
          <Show when={props.token.usedAt} fallback="never">
            {(at) => <TimeAgo at={at()} now={props.now} />}
          </Show>
          , until {props.token.expiresAt.slice(0, 10)}
        </span>
      </span>
      <span class="push">
        <DeleteButton name={`token ${props.token.name}`} remove={remove} />
      </span>
    </li>
  )
}

function TokenForm(props: { added: () => void }) {
  const [name, setName] = createSignal('')
  const [chosen, setRole] = createSignal<Role>('operator')
  const own = () => settled(session)?.user?.role ?? 'admin'
  const role = () => (may(chosen()) ? chosen() : own())
  const [created, setCreated] = createSignal<Schemas['NewToken'] | null>(null)
  const { busy, error, ask } = createAsk()
  const add = async () => {
    setCreated(await answer(api.POST('/api/v1/tokens', { body: { name: name().trim(), role: role() } })))
    setName('')
    props.added()
  }
  return (
    <div class="settings-list">
      <SmallForm submit={() => void ask(add)} error={error()}>
        <InlineInput label="Name" value={name()} change={setName} placeholder="ci" autocomplete="off" />
        <RoleSelect label="May what a" value={role()} upTo={own()} onChoose={setRole} />
        <button type="submit" class="primary" disabled={busy() || name().trim() === ''}>
          Create token
        </button>
      </SmallForm>
      <Show when={created()}>
        {(token) => (
          <Secret secret={token().token} label={`token ${token().name}`}>
            The token is shown only now:
          </Secret>
        )}
      </Show>
    </div>
  )
}
