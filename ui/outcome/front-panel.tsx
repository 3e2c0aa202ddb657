import { A } from '@solidjs/router'
import { For } from 'solid-js'
import { figure } from '../../domain/figures.ts'
import { metricLabel, metricUnit } from '../../domain/metric-words.ts'
import type { Report } from '../../client/client.ts'

/** With two objectives, what none of the others beats in both. */
export function FrontPanel(props: { tuningId: string; front: NonNullable<Report['front']>; best?: number }) {
  return (
    <section class="panel" aria-labelledby="front">
      <h2 id="front">What nothing beats in both objectives</h2>
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">Experiment</th>
            <For each={props.front.objectives}>
              {({ metric }) => (
                <th scope="col" class="number">
                  {metricLabel(metric)} <span class="sub">{metricUnit(metric)}</span>
                </th>
              )}
            </For>
          </tr>
        </thead>
        <tbody>
          <For each={props.front.experiments}>
            {({ number, values }) => (
              <tr>
                <th scope="row">
                  <A href={`/tunings/${props.tuningId}/experiments/${number}`}>{number}</A>
                  {number === props.best ? ', chosen' : ''}
                </th>
                <For each={values}>{(value) => <td class="number">{figure(value)}</td>}</For>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </section>
  )
}
