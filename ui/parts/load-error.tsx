import { A } from '@solidjs/router'
import { Show } from 'solid-js'
import { messageOf } from '../../domain/message-of.ts'
import { isNotFound } from '../state/api.ts'

/** Says why a page has no content, and what to do. */
export function LoadError(props: { error: unknown; retry: () => void }) {
  return (
    <section class="load-error" role="alert">
      <h1>{isNotFound(props.error) ? 'There is no such thing' : 'This could not be loaded'}</h1>
      <p>{messageOf(props.error)}</p>
      <Show when={!isNotFound(props.error)}>
        <p class="quiet">
          Nothing is lost: tunings go on without this page. See whether <code>redline up</code> still runs,
          then try again.
        </p>
      </Show>
      <div class="row">
        <button type="button" class="primary" onClick={() => props.retry()}>
          Try again
        </button>
        <A href="/">All tunings</A>
      </div>
    </section>
  )
}
