import { A, useParams } from '@solidjs/router'
import { createResource, For, Match, Show, Switch } from 'solid-js'
import type { Report } from '../../client/client.ts'
import { runsAlready } from '../../domain/runtime.ts'
import { objectiveMetric } from '../../domain/tuning.ts'
import { isFinished } from '../../domain/tuning-state.ts'
import { ConditionsTable } from '../experiment/conditions-table.tsx'
import { Later } from '../parts/later.tsx'
import { LoadError } from '../parts/load-error.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { ChangesPanel } from '../outcome/changes-panel.tsx'
import { DeployPanel } from '../outcome/deploy-panel.tsx'
import { FrontPanel } from '../outcome/front-panel.tsx'
import { TradeOffsPanel } from '../outcome/trade-offs-panel.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import { apiPath } from '../state/api.ts'
import { settled } from '../state/settled.ts'
import type { TuningState } from '../state/tuning-state.ts'
import { createTuningStore, readExperiment } from '../state/tuning-store.ts'
import { ConstraintChart } from '../tuning/constraint-chart.tsx'
import { ObjectiveChart } from '../tuning/objective-chart.tsx'
import { ReportSection } from '../tuning/report-section.tsx'

/** The outcome of a tuning on one page, to send on, to print and to deploy from. */
export default function ReportPage() {
  const params = useParams<{ id: string }>()
  const store = createTuningStore(() => params.id)
  const name = () => store.state()?.tuning.name ?? params.id
  usePageTitle(() => `Report · ${name()}`)

  return (
    <>
      <nav class="crumbs" aria-label="Breadcrumb">
        <A href="/" end>
          Tunings
        </A>{' '}
        / <A href={`/tunings/${params.id}`}>{name()}</A> / Report
      </nav>
      <Switch fallback={<Skeleton lines={12} />}>
        <Match when={store.state()}>
          {(state) => (
            <Show when={state().report} fallback={<NoReport state={state()} />}>
              {(report) => <LoadedReport state={state()} report={report()} />}
            </Show>
          )}
        </Match>
        <Match when={store.error()}>{(error) => <LoadError error={error()} retry={store.retry} />}</Match>
      </Switch>
    </>
  )
}

function NoReport(props: { state: TuningState }) {
  return (
    <section class="empty">
      <h1>No report yet</h1>
      <p>
        {isFinished(props.state.tuning.state)
          ? 'This tuning ended without one.'
          : 'It is written when the tuning is finished, and appears here then.'}
      </p>
      <A class="button primary" href={`/tunings/${props.state.tuning.id}`}>
        See how the tuning goes
      </A>
    </section>
  )
}

function LoadedReport(props: { state: TuningState; report: Report }) {
  const tuning = () => props.state.tuning
  const objective = () => objectiveMetric(tuning().spec.objective)
  const [best] = createResource(
    () => props.report.best?.number,
    (number) => readExperiment(props.report.tuningId, number),
  )

  return (
    <>
      <div class="page-head">
        <h1>{tuning().name}</h1>
        <Downloads id={tuning().id} />
      </div>
      <p class="sub">
        {tuning().engine} · {tuning().model} · {props.report.createdAt.slice(0, 10)}
      </p>
      <ReportSection report={props.report} runsAlready={runsAlready(tuning().spec)} />
      <Later>
        <div class="columns">
          <Show when={props.report.best !== null}>
            <ChangesPanel report={props.report} runsAlready={runsAlready(tuning().spec)} />
            <TradeOffsPanel report={props.report} experiments={props.state.experiments} />
          </Show>
        </div>
      </Later>
      <Later>
        <Show when={props.report.front}>
          {(front) => <FrontPanel tuningId={tuning().id} front={front()} best={props.report.best?.number} />}
        </Show>
        <Show when={props.report.command !== null && tuning().best !== null}>
          <DeployPanel report={props.report} engine={tuning().spec.engine.kind} />
        </Show>
      </Later>
      <Later>
        <div class="charts" classList={{ one: (tuning().spec.constraints ?? []).length === 0 }}>
          <ObjectiveChart state={props.state} objective={objective()} />
          <ConstraintChart state={props.state} objective={objective()} />
        </div>
      </Later>
      <Show when={settled(best)?.conditions}>
        {(conditions) => (
          <section class="panel" aria-labelledby="method">
            <h2 id="method">How it was measured</h2>
            <p class="sub">
              On {conditions().host} ({conditions().devices.join(', ')}), {tuning().engine}{' '}
              {conditions().reportedVersion ?? conditions().engineVersion ?? ''}; a window of{' '}
              {tuning().spec.workload.duration} after {tuning().spec.workload.warmup} of warm-up.
            </p>
            <ConditionsTable conditions={conditions()} />
          </section>
        )}
      </Show>
    </>
  )
}

const FILES = [
  { path: 'report.html', name: 'HTML', what: 'one file, to mail' },
  { path: 'report.md', name: 'Markdown', what: 'for a pull request' },
  { path: 'report', name: 'JSON', what: 'for programs' },
  { path: 'bundle', name: 'Bundle', what: 'what it takes to measure it again' },
] as const

function Downloads(props: { id: string }) {
  return (
    <span class="push row tight no-print">
      <For each={FILES}>
        {({ path, name, what }) => (
          <a
            class="button small"
            title={what}
            href={`${apiPath('tunings', props.id)}/${path}`}
            download={path.includes('.') ? '' : `${path}-${props.id}.json`}
            target="_self"
          >
            {name}
          </a>
        )}
      </For>
      <button type="button" class="small" onClick={() => window.print()}>
        Print
      </button>
    </span>
  )
}
