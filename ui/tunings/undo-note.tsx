import { createEffect, Show } from 'solid-js'
import type { Tuning } from '../../client/client.ts'
import { ProblemNote } from '../parts/problem-note.tsx'
import { createAsk } from '../state/ask.ts'
import type { Deletions } from '../state/deletions.ts'
import { giveBackFocus, isFocusLost } from '../state/focus.ts'

/** Says what was deleted last, and brings it back. */
export function UndoNote(props: { deletions: Deletions }) {
  const { busy, error, ask } = createAsk()
  const named = ([first, ...more]: readonly Tuning[]) =>
    more.length === 0 ? first?.name : `${more.length + 1} tunings`
  let undo: HTMLButtonElement | undefined
  // What was clicked went with what it deleted.
  createEffect(() => {
    if (props.deletions.last().length > 0)
      queueMicrotask(() => {
        if (isFocusLost()) undo?.focus({ preventScroll: true })
      })
  })

  return (
    <div role="status">
      <Show when={props.deletions.last().length > 0}>
        <section class="bulk row tight" aria-label="Deleted">
          <span>
            Deleted <b>{named(props.deletions.last())}</b>
          </span>
          <button
            ref={(button) => (undo = button)}
            type="button"
            class="small"
            disabled={busy()}
            onClick={() => void ask(() => props.deletions.restore(props.deletions.last()))}
          >
            Undo
          </button>
          <button
            type="button"
            class="small subtle push"
            onClick={() => {
              const giveBack = giveBackFocus()
              props.deletions.dismiss()
              giveBack()
            }}
          >
            Dismiss
          </button>
          <ProblemNote error={error()} />
        </section>
      </Show>
    </div>
  )
}
