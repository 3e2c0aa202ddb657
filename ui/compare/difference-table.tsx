import { For, Show } from 'solid-js'
import { figure, percentChange } from '../../domain/figures.ts'
import { reportedMetrics } from '../../domain/metric.ts'
import { metricUnit } from '../../domain/metric-words.ts'
import { objectiveMetric } from '../../domain/tuning.ts'
import { MetricName } from '../parts/metric-name.tsx'
import { requestDifferences, settingDifferences, type Difference, type Subject } from './subjects.ts'

/** Figures of all subjects side by side, then where their settings and their requests differ. */
export function DifferenceTable(props: { subjects: Subject[] }) {
  const metrics = () =>
    reportedMetrics(...props.subjects.map(({ tuning }) => objectiveMetric(tuning.spec.objective).metric))
  const valueOf = ({ experiment }: Subject, metric: string) =>
    experiment?.result?.status === 'measured' ? experiment.result.measurement.metrics[metric] : null
  const change = (subject: Subject, metric: string) => {
    const [first] = props.subjects
    const before = first === undefined || first === subject ? null : valueOf(first, metric)
    const after = valueOf(subject, metric)
    return before == null || after == null || before === 0 ? null : percentChange(after / before)
  }

  return (
    <section class="panel" aria-labelledby="differences">
      <h2 id="differences">Differences</h2>
      <div class="scroll" tabindex="0" role="group" aria-labelledby="differences">
        <table class="plain differences">
          <thead>
            <tr>
              <th scope="col">
                <span class="visually-hidden">What</span>
              </th>
              <For each={props.subjects}>
                {({ name }) => (
                  <th scope="col" class="number">
                    {name}
                  </th>
                )}
              </For>
            </tr>
          </thead>
          <tbody>
            <For each={metrics()}>
              {(metric) => (
                <tr>
                  <th scope="row">
                    <MetricName name={metric} />
                  </th>
                  <For each={props.subjects}>
                    {(subject) => (
                      <td class="number">
                        {figure(valueOf(subject, metric))}{' '}
                        <Show when={valueOf(subject, metric) != null}>
                          <span class="unit">{metricUnit(metric)}</span>
                        </Show>
                        <Show when={change(subject, metric)}>
                          {(text) => <span class="sub">{text()}</span>}
                        </Show>
                      </td>
                    )}
                  </For>
                </tr>
              )}
            </For>
            <DifferenceRows
              title="Settings"
              rows={settingDifferences(props.subjects)}
              columns={props.subjects.length}
            />
            <DifferenceRows
              title="Requests"
              rows={requestDifferences(props.subjects)}
              columns={props.subjects.length}
            />
          </tbody>
        </table>
      </div>
    </section>
  )
}

function DifferenceRows(props: { title: string; rows: Difference[]; columns: number }) {
  return (
    <>
      <tr>
        <th scope="rowgroup" colspan={props.columns + 1}>
          <b>{props.title}</b>
          <Show when={props.rows.length === 0}>
            <span class="quiet"> alike</span>
          </Show>
        </th>
      </tr>
      <For each={props.rows}>
        {(row) => (
          <tr>
            <th scope="row">
              <code>
                {/* A path may break after each of its parts. */}
                <For each={row.name.split(/(?<=\.)/)}>
                  {(part) => (
                    <>
                      {part}
                      <wbr />
                    </>
                  )}
                </For>
              </code>
            </th>
            <For each={row.values}>{(value) => <td class="number">{value}</td>}</For>
          </tr>
        )}
      </For>
    </>
  )
}
