import { createSignal, Show } from 'solid-js'
import { ProblemNote } from '../parts/problem-note.tsx'
import { api, done } from '../state/api.ts'

/** Deletes a finished tuning after a second click. */
export function DeleteTuning(props: { id: string; name: string; deleted: (id: string) => void }) {
  const [asking, setAsking] = createSignal(false)
  const [error, setError] = createSignal<unknown>(null)

  const remove = async () => {
    setError(null)
    try {
      await done(api.DELETE('/api/v1/tunings/{id}', { params: { path: { id: props.id } } }))
      props.deleted(props.id)
    } catch (reason) {
      setError(() => reason)
    }
  }

  return (
    <>
      <Show
        when={asking()}
        fallback={
          <button
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
          <button type="button" class="small danger" onClick={() => void remove()}>
            Delete for good
          </button>
          <button
            type="button"
            class="small"
            ref={(button) => queueMicrotask(() => button.focus())}
            onClick={() => setAsking(false)}
          >
            Keep
          </button>
        </span>
      </Show>
      <ProblemNote error={error()} />
    </>
  )
}
