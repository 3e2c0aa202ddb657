import { Show } from 'solid-js'
import { messageOf } from '../../domain/message-of.ts'

/** An action's problem, beside its button. */
export function ProblemNote(props: { error: unknown }) {
  return (
    <Show when={props.error}>
      {(error) => (
        <p class="problem" role="alert">
          {messageOf(error())}
        </p>
      )}
    </Show>
  )
}
