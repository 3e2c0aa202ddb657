import { For, Show } from 'solid-js'
import type { Setting } from '../words/configuration-words.ts'

/** Settings as chips, with what the baseline has; `none` stands for an empty list. */
export function ConfigurationChips(props: { settings: Setting[]; none: string }) {
  return (
    <Show when={props.settings.length > 0} fallback={<span class="quiet">{props.none}</span>}>
      <ul class="chips">
        <For each={props.settings}>
          {(setting) => (
            <li
              class="chip"
              title={
                setting.baseline === null ? undefined : `${setting.name}: ${setting.baseline} in the baseline`
              }
            >
              <span class="chip-name">{setting.name}</span> <b>{setting.value}</b>
            </li>
          )}
        </For>
      </ul>
    </Show>
  )
}
