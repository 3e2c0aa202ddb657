import { For } from 'solid-js'

/** What stands in for content that is loading. */
export function Skeleton(props: { lines: number }) {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      <For each={Array.from({ length: props.lines })}>{() => <div class="skeleton-line" />}</For>
    </div>
  )
}
