import { createSignal, onCleanup, onMount, Show, type ParentProps } from 'solid-js'
import { watchView } from '../state/near-view.ts'

/** What is costly to make: it is made once it comes near the window, and stays. */
export function Near(props: ParentProps<{ class: string }>) {
  let box: HTMLDivElement | undefined
  const [near, setNear] = createSignal(false)
  onMount(() => {
    if (box !== undefined) onCleanup(watchView(box, (seen) => seen && setNear(true)))
  })
  return (
    <div class={props.class} ref={(element) => (box = element)}>
      <Show when={near()}>{props.children}</Show>
    </div>
  )
}
