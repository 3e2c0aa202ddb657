import { createSignal, onCleanup, Show, type ParentProps } from 'solid-js'
import { inTurn } from '../state/in-turn.ts'

/** What stands further down a page: it is drawn in a task of its own, so that the page answers in between. */
export function Later(props: ParentProps) {
  const [due, setDue] = createSignal(false)
  onCleanup(inTurn(() => setDue(true)))
  return <Show when={due()}>{props.children}</Show>
}
