import { For, Show } from 'solid-js'
import { actionText } from '../../domain/action-words.ts'
import { counted } from '../../domain/figures.ts'
import { TimeAgo } from '../parts/time-ago.tsx'
import type { Activity } from '../state/activity.ts'
import type { History } from '../state/tuning-store.ts'

/** Who did what with the tuning, and why; closed while nobody did anything. */
export function ActivitySection(props: {
  activity: Activity[]
  history: History
  readHistory: () => void
  now: number
}) {
  return (
    <details class="panel activity" open={props.activity.length > 0}>
      <summary>
        <h2>Activity</h2>
        <span class="quiet">
          {props.activity.length === 0
            ? props.history === 'read'
              ? 'nobody intervened'
              : 'no action known'
            : counted(props.activity.length, 'action')}
        </span>
      </summary>
      <Show when={props.history === 'unread'}>
        <button type="button" class="small" onClick={() => props.readHistory()}>
          Read what was done before this page was opened
        </button>
      </Show>
      <Show when={props.history === 'reading'}>
        <p class="quiet" role="status">
          Reading what was done before…
        </p>
      </Show>
      <ol>
        <For each={props.activity}>
          {(done) => (
            <li>
              <TimeAgo at={done.at} now={props.now} />
              <span>
                <b>{done.by}</b> {actionText(done.what)}
                <Show when={done.reason}>{(reason) => <span class="quiet"> – {reason()}</span>}</Show>
              </span>
            </li>
          )}
        </For>
      </ol>
    </details>
  )
}
