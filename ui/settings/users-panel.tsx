import { createSignal, For, Show, type Resource } from 'solid-js'
import type { Schemas } from '../../client/client.ts'
import { Answered } from '../parts/answered.tsx'
import { DeleteButton } from '../parts/delete-button.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { Secret } from '../parts/secret.tsx'
import { TimeAgo } from '../parts/time-ago.tsx'
import { answer, api, done } from '../state/api.ts'
import { createAsk } from '../state/ask.ts'
import { RoleSelect } from './role-select.tsx'

type User = Schemas['User']

/** Who may use the service. */
export function UsersPanel(props: { users: Resource<{ users: User[] }>; again: () => void; now: number }) {
  return (
    <section class="panel" aria-labelledby="users">
      <h2 id="users">Users</h2>
      <div class="settings-list">
        <p class="quiet">
          A viewer looks, an operator starts and steers tunings, an admin decides about users, hosts and
          webhooks.
        </p>
        <Answered asked={props.users} again={props.again}>
          {(answered) => (
            <>
              <InvitationForm isFirst={answered().users.length === 0} />
              <ul>
                <For
                  each={answered().users}
                  fallback={
                    <li class="quiet">
                      No user yet: whoever is on this machine may do all, until there is one.
                    </li>
                  }
                >
                  {(user) => <UserItem user={user} now={props.now} changed={() => props.again()} />}
                </For>
              </ul>
            </>
          )}
        </Answered>
      </div>
    </section>
  )
}

function UserItem(props: { user: User; now: number; changed: () => void }) {
  const { error, ask } = createAsk()
  const params = () => ({ path: { name: props.user.name } })
  const [chosen, setChosen] = createSignal<User['role']>('viewer')
  const give = async () => {
    await done(api.POST('/api/v1/users/{name}', { params: params(), body: { role: chosen() } }))
    props.changed()
  }
  const remove = async () => {
    await done(api.DELETE('/api/v1/users/{name}', { params: params() }))
    props.changed()
  }
  return (
    <li class="row">
      <span>
        {props.user.name}
        <span class="sub">
          since <TimeAgo at={props.user.createdAt} now={props.now} />
        </span>
      </span>
      <span class="push row tight">
        <RoleSelect
          label={`Role of ${props.user.name}`}
          value={props.user.role}
          onChoose={(role) => {
            setChosen(role)
            void ask(give)
          }}
        />
        <DeleteButton name={`user ${props.user.name}`} remove={remove} />
      </span>
      <ProblemNote error={error()} />
    </li>
  )
}

function InvitationForm(props: { isFirst: boolean }) {
  const [chosen, setRole] = createSignal<User['role']>('operator')
  const [link, setLink] = createSignal<string | null>(null)
  const { busy, error, ask } = createAsk()
  // Without an admin nobody could invite anybody else.
  const role = () => (props.isFirst ? 'admin' : chosen())
  const invite = async () => {
    const { code } = await answer(api.POST('/api/v1/invitations', { body: { role: role() } }))
    setLink(`${location.origin}/join#${code}`)
  }
  return (
    <form
      class="settings-list"
      onSubmit={(event) => {
        event.preventDefault()
        void ask(invite)
      }}
    >
      <div class="row">
        <Show when={!props.isFirst}>
          <RoleSelect label="Role" value={chosen()} onChoose={setRole} />
        </Show>
        <button type="submit" class="primary" disabled={busy()}>
          {props.isFirst ? 'Invite the first admin' : 'Invite a user'}
        </button>
      </div>
      <ProblemNote error={error()} />
      <Show when={link()}>
        {(address) => (
          <Secret secret={address()} label="link of the invitation">
            Whoever opens this link becomes {role()}, once, within a day:
          </Secret>
        )}
      </Show>
    </form>
  )
}
