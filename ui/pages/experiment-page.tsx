import { A, useParams } from '@solidjs/router'
import { Match, Show, Switch } from 'solid-js'
import type { Experiment, Tuning } from '../../client/client.ts'
import { objectiveMetric } from '../../domain/tuning.ts'
import { ConditionsPanel } from '../experiment/conditions-table.tsx'
import { DiagnosisPanel } from '../experiment/diagnosis-panel.tsx'
import { EngineLog } from '../experiment/engine-log.tsx'
import { ExperimentHeader } from '../experiment/experiment-header.tsx'
import { MeasurementPanels } from '../experiment/measurement-panels.tsx'
import { SettingsPanel } from '../experiment/settings-panel.tsx'
import { StageTimes } from '../experiment/stage-times.tsx'
import { LiveFiguresLine } from '../parts/live-figures-line.tsx'
import { Later } from '../parts/later.tsx'
import { LoadError } from '../parts/load-error.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import { createExperimentStore, type ExperimentStore } from '../state/experiment-store.ts'
import { createNow } from '../state/now.ts'
import NotFoundPage from './not-found-page.tsx'

/** One experiment. */
export default function ExperimentPage() {
  const params = useParams<{ id: string; number: string }>()
  return (
    <Show when={/^\d{1,9}$/.test(params.number)} fallback={<NotFoundPage />}>
      <ExperimentOf id={params.id} number={params.number} />
    </Show>
  )
}

function ExperimentOf(params: { id: string; number: string }) {
  const store = createExperimentStore(
    () => params.id,
    () => Number(params.number),
  )
  usePageTitle(() => `Experiment ${params.number} · ${store.view.tuning?.name ?? 'Tuning'}`)

  return (
    <>
      <nav class="crumbs" aria-label="Breadcrumb">
        <A href="/" end>
          Tunings
        </A>{' '}
        / <A href={`/tunings/${params.id}`}>{store.view.tuning?.name ?? params.id}</A> / Experiment{' '}
        {params.number}
      </nav>
      <Switch fallback={<Skeleton lines={12} />}>
        <Match when={store.view.tuning !== null && store.view.experiment !== null && loaded(store)}>
          {(found) => (
            <LoadedExperiment tuning={found().tuning} experiment={found().experiment} store={store} />
          )}
        </Match>
        <Match when={store.error()}>{(error) => <LoadError error={error()} retry={store.retry} />}</Match>
      </Switch>
    </>
  )
}

function loaded({ view: { tuning, experiment } }: ExperimentStore) {
  return tuning === null || experiment === null ? null : { tuning, experiment }
}

function LoadedExperiment(props: { tuning: Tuning; experiment: Experiment; store: ExperimentStore }) {
  const now = createNow()
  const measured = () => (props.experiment.result?.status === 'measured' ? props.experiment.result : null)
  const diagnosis = () =>
    props.experiment.result?.status === 'failed' ? props.experiment.result.diagnosis : null

  return (
    <>
      <ExperimentHeader
        tuning={props.tuning}
        experiment={props.experiment}
        planned={props.store.view.planned}
        connection={props.store.connection()}
        now={now()}
        onActed={props.store.retry}
      />
      <Show when={diagnosis()}>{(found) => <DiagnosisPanel diagnosis={found()} />}</Show>
      <Show when={props.experiment.state === 'running'}>
        <section class="panel" aria-labelledby="live">
          <h2 id="live">Live</h2>
          <LiveFiguresLine figures={props.store.view.live} />
        </section>
      </Show>
      <Later>
        <div class="columns">
          <SettingsPanel tuning={props.tuning} experiment={props.experiment} />
          <div class="column">
            <StageTimes experiment={props.experiment} stages={props.store.view.stages} now={now()} />
            <Show when={props.experiment.conditions}>
              {(conditions) => <ConditionsPanel conditions={conditions()} />}
            </Show>
          </div>
        </div>
      </Later>
      <Show when={measured()}>
        {(result) => (
          <Later>
            <MeasurementPanels
              result={result()}
              objective={objectiveMetric(props.tuning.spec.objective).metric}
            />
          </Later>
        )}
      </Show>
      <Later>
        <EngineLog
          tuningId={props.tuning.id}
          number={props.experiment.number}
          state={props.experiment.state}
        />
      </Later>
    </>
  )
}
