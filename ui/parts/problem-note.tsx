import { Show } from 'solid-js'
import { errorText } from '../state/api.ts'

/** An action's problem, beside its button. */
export function ProblemNote(props: { error: unknown }) {
  return (
    <Show when={props.error}>
      {(error) => (
        <p class="problem" role="alert">
          {errorText(error())}
        </p>
      )}
    </Show>
  )
}
