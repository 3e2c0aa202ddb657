import { For, Show } from 'solid-js'
import type { Report } from '../../client/client.ts'

/** What the best does otherwise than the baseline. */
export function ChangesPanel(props: {
  report: Report
  /** What it does not name is the workload's, as no engine is started. */
  runsAlready: boolean
}) {
  const unset = () => (props.runsAlready ? "the workload's" : 'default')
  return (
    <section class="panel" aria-labelledby="changes">
      <h2 id="changes">What changes</h2>
      <Show
        when={props.report.changes.length > 0}
        fallback={<p class="quiet">Nothing: the baseline's settings.</p>}
      >
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">Parameter</th>
              <th scope="col" class="number">
                Baseline
              </th>
              <th scope="col" class="number">
                Best
              </th>
            </tr>
          </thead>
          <tbody>
            <For each={props.report.changes}>
              {({ parameter, from, to }) => (
                <tr>
                  <th scope="row">
                    <code>{parameter}</code>
                  </th>
                  <td class="number">{String(from ?? unset())}</td>
                  <td class="number">
                    <b>{String(to ?? unset())}</b>
                  </td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </Show>
    </section>
  )
}
