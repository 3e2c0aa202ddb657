import { For, Show } from 'solid-js'

const STATES = ['running', 'pending', 'paused', 'cancelling', 'completed', 'cancelled', 'failed']

/** States as chips with counts, any number of which may be chosen. */
export function StateFilter(props: {
  counts: Record<string, number>
  total: number
  /** More tunings exist than are loaded. */
  partial: boolean
  selected: string[]
  toggle: (state: string) => void
  clear: () => void
}) {
  const shown = () =>
    STATES.filter((state) => (props.counts[state] ?? 0) > 0 || props.selected.includes(state))
  const counted = (number: number) => `${number}${props.partial ? '+' : ''}`

  return (
    <div class="filter-chips" role="group" aria-label="Filter by state">
      <button
        type="button"
        class="chip-button"
        aria-pressed={props.selected.length === 0}
        onClick={() => props.clear()}
      >
        all <b>{counted(props.total)}</b>
      </button>
      <For each={shown()}>
        {(state) => (
          <button
            type="button"
            class="chip-button"
            aria-pressed={props.selected.includes(state)}
            onClick={() => props.toggle(state)}
          >
            {state} <b>{counted(props.counts[state] ?? 0)}</b>
            <Show when={props.selected.includes(state)}>
              <span aria-hidden="true"> ×</span>
            </Show>
          </button>
        )}
      </For>
    </div>
  )
}
