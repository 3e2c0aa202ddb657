import { createEffect, createSignal, onCleanup, onMount, untrack, type Accessor, type JSX } from 'solid-js'
import { inTurn } from '../state/in-turn.ts'
import { watchView } from '../state/near-view.ts'

/** What is costly to draw: it follows its value while it can be seen, or is to be printed, and in a task of its own. */
export function Seen<Value>(props: { value: Value; children: (value: Accessor<Value>) => JSX.Element }) {
  let box: HTMLDivElement | undefined
  const [seen, setSeen] = createSignal(false)
  const [shown, setShown] = createSignal(untrack(() => props.value))

  onMount(() => {
    if (box !== undefined) onCleanup(watchView(box, setSeen))
    const print = () => setShown(() => props.value)
    window.addEventListener('beforeprint', print)
    onCleanup(() => window.removeEventListener('beforeprint', print))
  })
  createEffect(() => {
    const { value } = props
    if (seen() && value !== untrack(shown)) onCleanup(inTurn(() => setShown(() => value)))
  })

  return (
    <div class="seen" ref={(element) => (box = element)}>
      {props.children(shown)}
    </div>
  )
}
