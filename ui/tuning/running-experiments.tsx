import { A } from '@solidjs/router'
import { createMemo, For, Show } from 'solid-js'
import type { ExperimentBrief } from '../../client/client.ts'
import { StageSteps } from '../parts/stage-steps.tsx'
import { ConfigurationChips } from '../parts/configuration-chips.tsx'
import { LiveFiguresLine } from '../parts/live-figures-line.tsx'
import type { TuningState } from '../state/tuning-state.ts'
import { differences } from '../words/configuration-words.ts'
import { span } from '../words/times.ts'

/** What runs now, with its stage and live figures. */
export function RunningExperiments(props: { state: TuningState; now: number }) {
  const running = createMemo(() =>
    props.state.experiments.flatMap(({ number, state }) => (state === 'running' ? [number] : [])),
  )

  return (
    <section class="panel running" aria-labelledby="running">
      <h2 id="running">Running now</h2>
      <Show when={running().length > 0} fallback={<p class="quiet">Nothing runs at the moment.</p>}>
        <For each={running()}>
          {(number) => (
            <Show when={props.state.experiments[number]}>
              {(experiment) => (
                <RunningExperiment state={props.state} experiment={experiment()} now={props.now} />
              )}
            </Show>
          )}
        </For>
      </Show>
    </section>
  )
}

function RunningExperiment(props: { state: TuningState; experiment: ExperimentBrief; now: number }) {
  const baseline = () => props.state.experiments.find(({ kind }) => kind === 'baseline')
  return (
    <div class="running-experiment">
      <div class="row">
        <A href={`/tunings/${props.state.tuning.id}/experiments/${props.experiment.number}`}>
          <b>Experiment {props.experiment.number}</b>
        </A>
        <span class="quiet">
          {props.experiment.kind} · {span(props.experiment.startedAt, null, props.now)}
        </span>
        <StageSteps stage={props.experiment.stage} />
      </div>
      <ConfigurationChips
        settings={differences(props.experiment.configuration, baseline()?.configuration ?? {})}
        none="as the baseline"
      />
      <Show when={props.experiment.stage === 'starting' && props.state.starting[props.experiment.number]}>
        {(text) => <p class="quiet">{text()}</p>}
      </Show>
      <LiveFiguresLine figures={props.state.live[props.experiment.number] ?? null} />
    </div>
  )
}
