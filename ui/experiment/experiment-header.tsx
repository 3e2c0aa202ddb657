import { A } from '@solidjs/router'
import { Show } from 'solid-js'
import type { Experiment, Tuning } from '../../client/client.ts'
import { objectiveMetric } from '../../domain/tuning.ts'
import { ConnectionPill } from '../parts/connection-pill.tsx'
import { MetricName } from '../parts/metric-name.tsx'
import { StateBadge } from '../parts/state-badge.tsx'
import { apiPath } from '../state/api.ts'
import type { Connection } from '../state/connection.ts'
import { factor, figure, gainOver } from '../../domain/figures.ts'
import { gainChange } from '../../domain/gain-words.ts'
import { ExperimentActions } from './experiment-actions.tsx'

/** What an experiment was, how it came out, and where to go from here. */
export function ExperimentHeader(props: {
  tuning: Tuning
  experiment: Experiment
  planned: number
  connection: Connection
  now: number
  /** Hears of an action on the experiment. */
  onActed: () => void
}) {
  const place = (number: number) => `/tunings/${props.tuning.id}/experiments/${number}`
  const objective = () => objectiveMetric(props.tuning.spec.objective)
  /** What it is compared with: the best, or the baseline when it is the best itself. */
  const rival = () => {
    const best = props.tuning.best?.number
    return best === undefined || props.experiment.number === 0
      ? null
      : `${best === props.experiment.number ? 0 : best}`
  }
  const gain = () =>
    props.experiment.kind === 'baseline'
      ? null
      : gainOver(props.tuning.baselineObjective, props.experiment.objective, objective().higherIsBetter)

  return (
    <section aria-label="Outcome">
      <div class="page-head">
        <h1>Experiment {props.experiment.number}</h1>
        <StateBadge
          state={props.experiment.state}
          detail={props.experiment.state === 'running' ? props.experiment.stage : undefined}
        />
        <Show when={props.tuning.phase !== 'done'}>
          <ConnectionPill connection={props.connection} now={props.now} />
        </Show>
        <span class="push row tight">
          <Show when={props.experiment.number > 0}>
            <A class="button small" href={place(props.experiment.number - 1)} rel="prev">
              ← {props.experiment.number - 1}
            </A>
          </Show>
          <Show when={props.experiment.number + 1 < props.planned}>
            <A class="button small" href={place(props.experiment.number + 1)} rel="next">
              {props.experiment.number + 1} →
            </A>
          </Show>
          <Show when={rival()}>
            {(number) => (
              <A
                class="button small"
                href={`/compare?experiments=${props.tuning.id}:${number()},${props.tuning.id}:${props.experiment.number}`}
              >
                Compare with {number() === '0' ? 'the baseline' : `the best, ${number()}`}
              </A>
            )}
          </Show>
          <Show when={props.experiment.temporalUrl}>
            {(url) => (
              <a class="button small" href={url()} target="_blank" rel="noreferrer">
                Temporal ↗
              </a>
            )}
          </Show>
          <ExperimentActions tuning={props.tuning} experiment={props.experiment} onActed={props.onActed} />
          <Show when={props.experiment.result?.status === 'measured'}>
            <a
              class="button small"
              href={apiPath('tunings', props.tuning.id, 'experiments', props.experiment.number, 'requests')}
              target="_self"
            >
              Request records
            </a>
          </Show>
        </span>
      </div>
      <p>
        <Show when={props.experiment.objective !== null}>
          <b class="big">{figure(props.experiment.objective)}</b> <MetricName name={objective().metric} />
          <Show when={gain()}>
            {(ratio) => (
              <>
                , {factor(ratio())} ({gainChange(ratio(), objective().higherIsBetter)}) over the baseline
              </>
            )}
          </Show>
          {props.experiment.feasible === false ? ', breaks a limit' : ''}
          {' · '}
        </Show>
        {props.experiment.kind}
        {props.experiment.role === null
          ? ''
          : ` of the ${props.experiment.role}, pair ${(props.experiment.pair ?? 0) + 1}`}
        {props.experiment.excluded ? ', excluded' : ''}
      </p>
      <p class="quiet">{props.experiment.reason}</p>
    </section>
  )
}
