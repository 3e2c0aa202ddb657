import { For, Show, type ParentProps } from 'solid-js'
import { fieldId, problemsAt } from '../state/request-draft.ts'
import { useRequest } from './request-context.tsx'

/** A labelled input with what is wrong at its place; the input takes `fieldId(pointer)` as its id. */
export function Field(
  props: ParentProps<{ pointer: string; label: string; hint?: string; inside?: boolean }>,
) {
  return (
    <div class="field">
      <label for={fieldId(props.pointer)}>{props.label}</label>
      {props.children}
      <Show when={props.hint}>
        <p class="hint" id={`${fieldId(props.pointer)}-hint`}>
          {props.hint}
        </p>
      </Show>
      <FieldProblems pointer={props.pointer} inside={props.inside} />
    </div>
  )
}

/** What is wrong at a place of the request or, with `inside`, beneath it. */
export function FieldProblems(props: { pointer: string; inside?: boolean }) {
  const request = useRequest()
  return (
    <For each={problemsAt(request.errors(), props.pointer, props.inside)}>
      {(message) => <p class="problem">{message}</p>}
    </For>
  )
}

/** Returns whether something is wrong at a place, for `aria-invalid`. */
export function useInvalid(pointer: () => string, inside = false): () => boolean {
  const request = useRequest()
  return () => problemsAt(request.errors(), pointer(), inside).length > 0
}
