import { onMount, Show, untrack } from 'solid-js'
import { useNavigate, useSearchParams } from '@solidjs/router'
import { Entrance } from '../shell/entrance.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import { api, done } from '../state/api.ts'
import { carryDrafts } from '../state/kept-drafts.ts'
import { readSession, session } from '../state/session.ts'
import { settled } from '../state/settled.ts'

/** Lets a user in, and goes on to where they wanted to be. */
export default function SignInPage() {
  const [search] = useSearchParams()
  const navigate = useNavigate()
  usePageTitle(() => 'Sign in')
  const before = untrack(() => settled(session)?.user?.name)
  const hasEnded = () => before !== undefined && settled(session)?.user === null
  onMount(() => {
    if (before !== undefined) void readSession()
  })
  const enter = async (body: { name: string; password: string }) => {
    await done(api.POST('/api/v1/session', { body }))
    // Another user finds nothing of what this page holds.
    if (body.name !== before) return location.assign(pathOf(search.to))
    await readSession()
    navigate(pathOf(search.to), { replace: true })
  }
  return (
    <>
      <Entrance
        title="Sign in"
        text={
          hasEnded()
            ? 'Your session has ended. Sign in again to go on where you were.'
            : 'Without an account: ask an admin of this service for an invitation.'
        }
        button="Sign in"
        newPassword={false}
        enter={enter}
      />
      <Show when={session()?.provider}>
        {(issuer) => (
          <p class="quiet entrance">
            <a
              href="/api/v1/session/provider"
              rel="external"
              onClick={() => before !== undefined && carryDrafts(before)}
            >
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
