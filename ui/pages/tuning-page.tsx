import { useParams } from '@solidjs/router'
import { Match, Show, Switch } from 'solid-js'
import { runsAlready } from '../../domain/runtime.ts'
import { objectiveMetric } from '../../domain/tuning.ts'
import { Later } from '../parts/later.tsx'
import { LoadError } from '../parts/load-error.tsx'
import { Seen } from '../parts/seen.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import { createNow } from '../state/now.ts'
import { progressShare, type TuningState } from '../state/tuning-state.ts'
import { createTuningStore, type TuningStore } from '../state/tuning-store.ts'
import { ActivitySection } from '../tuning/activity-section.tsx'
import { Answers } from '../tuning/answers.tsx'
import { ConstraintChart } from '../tuning/constraint-chart.tsx'
import { ExperimentsExplorer } from '../tuning/experiments-explorer.tsx'
import { FailuresSection } from '../tuning/failures-section.tsx'
import { InsightSection } from '../tuning/insight-section.tsx'
import { ObjectiveChart } from '../tuning/objective-chart.tsx'
import { ReportLinks, ReportSection } from '../tuning/report-section.tsx'
import { RunningExperiments } from '../tuning/running-experiments.tsx'
import { TimelineSection } from '../tuning/timeline-section.tsx'
import { TuningHeader } from '../tuning/tuning-header.tsx'
import { percent } from '../../domain/figures.ts'

/** One tuning, as it goes. */
export default function TuningPage() {
  const params = useParams<{ id: string }>()
  const store = createTuningStore(() => params.id)
  const title = () => {
    const tuning = store.state()?.tuning
    if (tuning === undefined) return 'Tuning'
    return tuning.phase === 'done'
      ? `${tuning.state} · ${tuning.name}`
      : `${percent(progressShare(tuning))} · ${tuning.name}`
  }
  usePageTitle(title)

  return (
    <Switch fallback={<Skeleton lines={12} />}>
      <Match when={store.state()}>
        {(state) => <LoadedTuning state={state()} calm={store.calm() ?? state()} store={store} />}
      </Match>
      <Match when={store.error()}>{(error) => <LoadError error={error()} retry={store.retry} />}</Match>
    </Switch>
  )
}

function LoadedTuning(props: { state: TuningState; calm: TuningState; store: TuningStore }) {
  const now = createNow()
  const hasConstraint = () => (props.state.tuning.spec.constraints ?? []).length > 0
  const objective = () => objectiveMetric(props.state.tuning.spec.objective)

  return (
    <>
      <TuningHeader
        state={props.state}
        connection={props.store.connection()}
        now={now()}
        onReopened={props.store.retry}
      />
      <Answers state={props.state} now={now()} connection={props.store.connection()} />
      <Show when={props.state.tuning.phase !== 'done'}>
        <RunningExperiments state={props.state} now={now()} />
      </Show>
      <Show when={props.state.report}>
        {(report) => (
          <Later>
            <ReportSection report={report()} runsAlready={runsAlready(props.state.tuning.spec)}>
              <ReportLinks report={report()} />
            </ReportSection>
          </Later>
        )}
      </Show>
      <Later>
        <div class="charts" classList={{ one: !hasConstraint() }}>
          <Seen value={props.calm}>
            {(calm) => <ObjectiveChart state={calm()} objective={objective()} />}
          </Seen>
          <Show when={hasConstraint()}>
            <Seen value={props.calm}>
              {(calm) => <ConstraintChart state={calm()} objective={objective()} />}
            </Seen>
          </Show>
        </div>
      </Later>
      <Later>
        <Seen value={{ state: props.calm, now: now() }}>
          {(calm) => <TimelineSection state={calm().state} now={calm().now} />}
        </Seen>
      </Later>
      <Later>
        <Seen value={props.calm.experiments}>
          {(experiments) => <FailuresSection tuningId={props.state.tuning.id} experiments={experiments()} />}
        </Seen>
      </Later>
      <Later>
        <InsightSection tuningId={props.state.tuning.id} experiments={props.state.experiments.length} />
      </Later>
      <Later>
        <ExperimentsExplorer state={props.state} calm={props.calm} now={now()} />
      </Later>
      <Later>
        <ActivitySection
          activity={props.state.activity}
          history={props.store.history()}
          readHistory={props.store.readHistory}
          now={now()}
        />
      </Later>
    </>
  )
}
