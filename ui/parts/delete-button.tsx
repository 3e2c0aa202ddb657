import { createSignal, onCleanup, Show } from 'solid-js'
import { createAsk } from '../state/ask.ts'
import { giveBackFocus } from '../state/focus.ts'
import { ProblemNote } from './problem-note.tsx'

/** Deletes something after a second click. */
export function DeleteButton(props: {
  /** What is deleted, for those who do not see where the button is. */
  name: string
  remove: () => Promise<unknown>
}) {
  const [asking, setAsking] = createSignal(false)
  const { busy, error, ask } = createAsk()
  let first: HTMLButtonElement | undefined
  // A list that is read anew after the deletion takes this button away with its line.
  onCleanup(() => queueMicrotask(giveBackFocus()))

  return (
    <>
      <Show
        when={asking()}
        fallback={
          <button
            ref={(button) => (first = button)}
            type="button"
            class="small subtle"
            aria-label={`Delete ${props.name}`}
            onClick={() => setAsking(true)}
          >
            Delete
          </button>
        }
      >
        <span class="row tight">
          <button
            type="button"
            class="small danger"
            disabled={busy()}
            onClick={() => void ask(() => props.remove())}
          >
            Delete for good
          </button>
          <button
            type="button"
            class="small"
            ref={(button) => queueMicrotask(() => button.focus())}
            onClick={() => {
              setAsking(false)
              first?.focus()
            }}
          >
            Keep
          </button>
        </span>
      </Show>
      <ProblemNote error={error()} />
    </>
  )
}
