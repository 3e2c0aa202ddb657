import { For, Show } from 'solid-js'
import type { Experiment } from '../../client/client.ts'
import { TimeOf } from '../parts/time-of.tsx'
import type { StageTime } from '../state/experiment-store.ts'
import { fullTime, span } from '../words/times.ts'

/** When each stage began and how long it took. */
export function StageTimes(props: { experiment: Experiment; stages: StageTime[]; now: number }) {
  const told = () => props.stages.filter(({ stage }) => stage !== 'done')
  const end = (index: number) =>
    told()[index + 1]?.at ??
    props.stages.find(({ stage }) => stage === 'done')?.at ??
    props.experiment.finishedAt

  return (
    <section class="panel" aria-labelledby="stages">
      <h2 id="stages">Stages</h2>
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">Stage</th>
            <th scope="col" class="number">
              Began
            </th>
            <th scope="col" class="number">
              Took
            </th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">planned</th>
            <td class="number">
              <TimeOf at={props.experiment.plannedAt} now={props.now} />
            </td>
            <td class="number">
              {span(props.experiment.plannedAt, told()[0]?.at ?? props.experiment.startedAt, props.now)}
            </td>
          </tr>
          <For each={told()}>
            {(stage, index) => (
              <tr>
                <th scope="row">
                  {stage.stage}
                  <Show when={stage.attempt > 1}>
                    <span class="quiet"> (attempt {stage.attempt})</span>
                  </Show>
                </th>
                <td class="number">
                  <TimeOf at={stage.at} now={props.now} />
                </td>
                <td class="number">{span(stage.at, end(index()), props.now)}</td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
      <Show when={props.experiment.startedAt}>
        {(at) => (
          <p class="sub">
            {props.experiment.finishedAt === null ? 'Running for' : 'Took'}{' '}
            {span(at(), props.experiment.finishedAt, props.now)}, since {fullTime(at())}.
          </p>
        )}
      </Show>
    </section>
  )
}
