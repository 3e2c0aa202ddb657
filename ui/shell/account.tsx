import { Show } from 'solid-js'
import { api, done } from '../state/api.ts'
import { session } from '../state/session.ts'
import { settled } from '../state/settled.ts'

/** Who is signed in, and the way out; nothing where nobody needs to sign in. */
export function Account() {
  const signedIn = () => {
    const known = settled(session)
    return known?.signInNeeded === true ? known.user : null
  }
  const leave = async () => {
    await done(api.DELETE('/api/v1/session'))
    location.assign('/sign-in')
  }
  return (
    <Show when={signedIn()}>
      {(user) => (
        <span class="account">
          <span title={`${user().name}, ${user().role}`}>{user().name}</span>
          <button type="button" class="small" onClick={() => void leave()}>
            Sign out
          </button>
        </span>
      )}
    </Show>
  )
}
