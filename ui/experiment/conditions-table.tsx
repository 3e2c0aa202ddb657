import { For, Show } from 'solid-js'
import { conditionRows, type Conditions } from '../words/condition-words.ts'

/** The machine during the measurement, and what the engine counted beside what the client did. */
export function ConditionsTable(props: { conditions: Conditions }) {
  const rows = () => conditionRows(props.conditions)
  return (
    <Show when={rows().length > 0}>
      <h3>Conditions of the measurement</h3>
      <table class="plain">
        <tbody>
          <For each={rows()}>
            {(row) => (
              <tr>
                <th scope="row">{row.name}</th>
                <td style={{ 'overflow-wrap': 'anywhere' }}>{row.value}</td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </Show>
  )
}
