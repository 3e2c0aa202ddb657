import { Show } from 'solid-js'
import { useSearchParams } from '@solidjs/router'
import { Entrance } from '../shell/entrance.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import { api, done } from '../state/api.ts'
import { session } from '../state/session.ts'

/** Lets a user in, and goes on to where they wanted to be. */
export default function SignInPage() {
  const [search] = useSearchParams()
  usePageTitle(() => 'Sign in')
  const enter = async (body: { name: string; password: string }) => {
    await done(api.POST('/api/v1/session', { body }))
    location.assign(pathOf(search.to))
  }
  return (
    <>
      <Entrance
        title="Sign in"
        text="Without an account: ask an admin of this service for an invitation."
        button="Sign in"
        newPassword={false}
        enter={enter}
      />
      <Show when={session()?.provider}>
        {(issuer) => (
          <p class="quiet entrance">
            <a href="/api/v1/session/provider" rel="external">
              Sign in with {new URL(issuer()).host}
            </a>
          </p>
        )}
      </Show>
    </>
  )
}

/** A path of this site; another address in the link must not lead anywhere else. */
function pathOf(to: string | string[] | undefined): string {
  return typeof to === 'string' && /^\/(?![/\\])/.test(to) ? to : '/'
}
