import { A } from '@solidjs/router'
import { For, Show } from 'solid-js'
import type { Tuning } from '../../client/client.ts'
import { isFinished } from '../../domain/tuning-state.ts'
import { ProblemNote } from '../parts/problem-note.tsx'
import { answer, api } from '../state/api.ts'
import { MOST_COMPARED } from '../compare/line-styles.ts'
import { isOffered } from '../state/action-store.ts'
import { createAsk } from '../state/ask.ts'
import { each, type Deletions } from '../state/deletions.ts'
import { may } from '../state/session.ts'

const ACTIONS = [
  { action: 'pause', label: 'Pause' },
  { action: 'resume', label: 'Resume' },
  { action: 'cancel', label: 'Cancel' },
] as const
type Action = (typeof ACTIONS)[number]['action']

/** What can be done with all tunings that are selected; each action says for how many of them. */
export function BulkActions(props: { tunings: Tuning[]; deletions: Deletions; clear: () => void }) {
  const { busy, error, ask } = createAsk()
  const steered = () => (may('operator') ? props.tunings : [])
  const fitting = (action: Action) => steered().filter(({ state }) => isOffered(action, state))
  const finished = () => steered().filter(({ state }) => isFinished(state))
  const act = (action: Action) => {
    const asked = fitting(action)
    return ask(() =>
      each(asked, ({ id }) =>
        answer(api.POST(`/api/v1/tunings/{id}/${action}`, { params: { path: { id } }, body: { by: 'ui' } })),
      ),
    )
  }
  const compared = () => props.tunings.slice(0, MOST_COMPARED).map(({ id }) => id)

  return (
    <section class="bulk row tight" aria-label="Selected tunings">
      <b>{props.tunings.length} selected</b>
      <For each={ACTIONS.filter(({ action }) => fitting(action).length > 0)}>
        {({ action, label }) => (
          <button type="button" class="small" disabled={busy()} onClick={() => void act(action)}>
            {label} {fitting(action).length}
          </button>
        )}
      </For>
      <A class="button small" href={`/compare?tunings=${compared().join(',')}`}>
        Compare {compared().length}
      </A>
      <Show when={finished().length}>
        {(count) => (
          <button
            type="button"
            class="small subtle"
            disabled={busy()}
            onClick={() => void ask(() => props.deletions.remove(finished()))}
          >
            Delete {count()} finished
          </button>
        )}
      </Show>
      <button type="button" class="small subtle push" onClick={() => props.clear()}>
        Clear
      </button>
      <ProblemNote error={error()} />
    </section>
  )
}
