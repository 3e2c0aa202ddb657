import { For, Show } from 'solid-js'

export interface LegendItem {
  mark: string
  kind: 'accent' | 'muted' | 'bad' | 'baseline' | 'good' | 'warn' | 'text'
  text: string
  /** Of a line, which is drawn in place of the mark. */
  dash?: number[]
}

/** What the marks of a chart stand for. */
export function ChartLegend(props: { items: LegendItem[] }) {
  return (
    <ul class="legend">
      <For each={props.items}>
        {(item) => (
          <li>
            <span class={`mark mark-${item.kind}`} aria-hidden="true">
              <Show when={item.dash} fallback={item.mark}>
                {(dash) => (
                  <svg class="legend-line" viewBox="0 0 36 8">
                    <path d="M0 4H36" stroke-dasharray={dash().join(' ')} />
                  </svg>
                )}
              </Show>
            </span>{' '}
            {item.text}
          </li>
        )}
      </For>
    </ul>
  )
}
