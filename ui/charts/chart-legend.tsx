import { For } from 'solid-js'

export interface LegendItem {
  mark: string
  kind: 'accent' | 'muted' | 'bad' | 'baseline' | 'good'
  text: string
}

/** What the marks of a chart stand for. */
export function ChartLegend(props: { items: LegendItem[] }) {
  return (
    <ul class="legend">
      <For each={props.items}>
        {(item) => (
          <li>
            <span class={`mark mark-${item.kind}`} aria-hidden="true">
              {item.mark}
            </span>{' '}
            {item.text}
          </li>
        )}
      </For>
    </ul>
  )
}
