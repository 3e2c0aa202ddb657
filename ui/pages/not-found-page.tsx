import { A, useLocation } from '@solidjs/router'
import { Show } from 'solid-js'
import { usePageTitle } from '../shell/page-title.ts'
import { may } from '../state/session.ts'

/** The page of an address that leads nowhere. */
export default function NotFoundPage() {
  const location = useLocation()
  usePageTitle(() => 'Not found')
  return (
    <section class="load-error">
      <h1>There is no such page</h1>
      <p>
        Nothing is at <code>{location.pathname}</code>.
      </p>
      <p>
        <A href="/">All tunings</A> ·{' '}
        <Show when={may('operator')}>
          <A href="/new">New tuning</A> ·{' '}
        </Show>
        <a href="/docs" target="_self">
          API docs
        </a>
      </p>
    </section>
  )
}
