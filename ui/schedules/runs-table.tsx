import { A } from '@solidjs/router'
import { For, Show } from 'solid-js'
import type { ScheduleRun } from '../../client/client.ts'
import { StateBadge } from '../parts/state-badge.tsx'
import { figure } from '../../domain/figures.ts'
import { metricUnit } from '../../domain/metric-words.ts'
import { comparisonText } from '../words/schedule-words.ts'
import { moment, span } from '../words/times.ts'

/** The runs of a schedule, the newest first. */
export function RunsTable(props: {
  runs: ScheduleRun[]
  objective: { metric: string; higherIsBetter: boolean }
  now: number
}) {
  const unit = () => metricUnit(props.objective.metric)
  return (
    <section class="panel" aria-labelledby="runs">
      <h2 id="runs">Runs</h2>
      <Show when={props.runs.length > 0} fallback={<p class="quiet">It has not run yet.</p>}>
        <table class="cards">
          <thead>
            <tr>
              <th scope="col">Started</th>
              <th scope="col">State</th>
              <th scope="col" class="number">
                Best{unit() === '' ? '' : `, ${unit()}`}
              </th>
              <th scope="col">Against the run before</th>
              <th scope="col">Best configuration</th>
              <th scope="col" class="number">
                Took
              </th>
            </tr>
          </thead>
          <tbody>
            <For each={props.runs}>
              {(run) => (
                <tr classList={{ regression: run.comparison?.verdict === 'regression' }}>
                  <th scope="row" class="card-title">
                    <A href={`/tunings/${run.tuningId}`}>{moment(run.createdAt, props.now)}</A>
                  </th>
                  <td data-label="State">
                    <StateBadge state={run.state} />
                  </td>
                  <td data-label="Best" class="number">
                    {figure(run.best?.objective)}
                  </td>
                  <td data-label="Against the run before">
                    <Show when={run.comparison} fallback={<span class="quiet">–</span>}>
                      {(comparison) => (
                        <span class={`run-${comparison().verdict}`}>
                          {comparison().verdict === 'regression' ? '▼ ' : ''}
                          {comparison().verdict === 'gain' ? '▲ ' : ''}
                          {comparisonText(comparison(), props.objective.higherIsBetter)}
                        </span>
                      )}
                    </Show>
                  </td>
                  <td data-label="Best configuration">
                    {run.comparison?.sameConfiguration == null
                      ? '–'
                      : run.comparison.sameConfiguration
                        ? 'the same'
                        : 'another'}
                  </td>
                  <td data-label="Took" class="number">
                    {span(run.createdAt, run.finishedAt, props.now)}
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
