import { For, Show } from 'solid-js'
import { conditionRows, type Conditions } from '../words/condition-words.ts'

/** What is known of the conditions of a measurement, as a panel of its own. */
export function ConditionsPanel(props: { conditions: Conditions }) {
  return (
    <Show when={conditionRows(props.conditions).length > 0}>
      <section class="panel" aria-labelledby="conditions">
        <h2 id="conditions">Conditions of the measurement</h2>
        <ConditionsTable conditions={props.conditions} />
      </section>
    </Show>
  )
}

/** The machine during the measurement, and what the engine counted beside what the client did. */
export function ConditionsTable(props: { conditions: Conditions }) {
  return (
    <table class="plain">
      <tbody>
        <For each={conditionRows(props.conditions)}>
          {(row) => (
            <tr>
              <th scope="row">{row.name}</th>
              <td style={{ 'overflow-wrap': 'anywhere' }}>{row.value}</td>
            </tr>
          )}
        </For>
      </tbody>
    </table>
  )
}
