import { For, Show } from 'solid-js'
import { METRIC_NAMES } from '../../domain/metric.ts'
import { figure } from '../../domain/figures.ts'
import { metricDefinition, metricLabel, metricUnit } from '../../domain/metric-words.ts'

/** Every metric with its unit and definition. */
export function MetricsTable(props: {
  metrics: Record<string, number | null>
  withFailures: Record<string, number | null>
  objective: string
}) {
  const names = () => METRIC_NAMES.filter((name) => name in props.metrics)
  const differ = () => names().some((name) => props.metrics[name] !== props.withFailures[name])

  return (
    <section class="panel" aria-labelledby="metrics">
      <h2 id="metrics">Metrics</h2>
      <div class="scroll">
        <table class="plain metrics" classList={{ differ: differ() }}>
          <thead>
            <tr>
              <th scope="col">Metric</th>
              <th scope="col" class="number">
                Value
              </th>
              <Show when={differ()}>
                <th scope="col" class="number" title="Each failed request counts as infinitely late">
                  With failures
                </th>
              </Show>
              <th scope="col" class="definition">
                Definition
              </th>
            </tr>
          </thead>
          <tbody>
            <For each={names()}>
              {(name) => (
                <tr classList={{ best: name === props.objective }}>
                  <th scope="row" title={name}>
                    {metricLabel(name)}
                  </th>
                  <td class="number">
                    {figure(props.metrics[name])} <span class="unit">{metricUnit(name)}</span>
                  </td>
                  <Show when={differ()}>
                    <td class="number">{figure(props.withFailures[name])}</td>
                  </Show>
                  <td class="definition">{metricDefinition(name)}</td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </div>
    </section>
  )
}
