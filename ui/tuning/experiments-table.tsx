import { A } from '@solidjs/router'
import { createMemo, createSignal, For, Show } from 'solid-js'
import { createStore } from 'solid-js/store'
import type { ExperimentBrief } from '../../client/client.ts'
import { objectiveMetric } from '../../domain/tuning.ts'
import { ConfigurationChips } from '../parts/configuration-chips.tsx'
import { StateBadge } from '../parts/state-badge.tsx'
import type { TuningState } from '../state/tuning-state.ts'
import { differences } from '../words/configuration-words.ts'
import { cutShortText } from '../../domain/cut-short.ts'
import { figure } from '../../domain/figures.ts'
import { NOT_JUDGED } from '../../domain/gain-words.ts'
import { constraintText, metricLabel } from '../../domain/metric-words.ts'
import { span } from '../words/times.ts'
import { sortedExperiments, type SortKey } from './sorted-experiments.ts'

/** Rows that are shown at first, and more at a time: a page stays light with thousands of experiments. */
const PAGE = 40

/** The experiments of a tuning, sortable. */
export function ExperimentsTable(props: {
  state: TuningState
  /** Those that are kept by a filter. */
  experiments: ExperimentBrief[]
  filtered: boolean
  now: number
}) {
  const [most, setMost] = createSignal(PAGE)
  const [sort, setSort] = createStore<{ key: SortKey; descending: boolean }>({
    key: 'number',
    descending: false,
  })
  const rows = createMemo(() => sortedExperiments(props.experiments, sort.key, sort.descending))
  /** By number: an experiment that changes is another object, and stays in its row. */
  const shown = () =>
    rows()
      .slice(0, most())
      .map(({ number }) => number)
  const baseline = createMemo(() => props.state.experiments.find(({ kind }) => kind === 'baseline'))
  const metric = () => objectiveMetric(props.state.tuning.spec.objective).metric
  const constraints = () => props.state.tuning.spec.constraints ?? []
  const best = () => props.state.report?.best?.number ?? props.state.tuning.best?.number

  const Heading = (heading: { by: SortKey; text: string; number?: boolean }) => (
    <th
      scope="col"
      classList={{ number: heading.number === true }}
      aria-sort={sort.key === heading.by ? (sort.descending ? 'descending' : 'ascending') : 'none'}
    >
      <button
        type="button"
        class="sort"
        onClick={() =>
          setSort({ key: heading.by, descending: sort.key === heading.by ? !sort.descending : false })
        }
      >
        {heading.text}
        <span aria-hidden="true">{sort.key === heading.by ? (sort.descending ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  )

  return (
    <section class="panel" aria-labelledby="experiments">
      <h2 id="experiments">
        Experiments{' '}
        <Show when={props.filtered}>
          <span class="quiet">
            {rows().length} of {props.state.experiments.length}, filtered
          </span>
        </Show>
      </h2>
      <div class="scroll">
        <table class="cards experiments">
          <thead>
            <tr>
              <Heading by="number" text="No." />
              <Heading by="kind" text="Kind" />
              <Heading by="state" text="State" />
              <Heading by="objective" text={metricLabel(metric())} number />
              <For each={constraints()}>
                {(constraint) => (
                  <th scope="col" class="number" title={constraint}>
                    {constraintText(constraint)}
                  </th>
                )}
              </For>
              <Heading by="duration" text="Took" number />
              <th scope="col">Different from the baseline</th>
            </tr>
          </thead>
          <tbody>
            <For
              each={shown()}
              fallback={<EmptyRow columns={6 + constraints().length} filtered={props.filtered} />}
            >
              {(number) => (
                <Show when={props.state.experiments[number]}>
                  {(experiment) => (
                    <ExperimentRow
                      experiment={experiment()}
                      tuningId={props.state.tuning.id}
                      metric={metric()}
                      baseline={baseline()}
                      constraints={constraints()}
                      isBest={number === best()}
                      now={props.now}
                    />
                  )}
                </Show>
              )}
            </For>
          </tbody>
        </table>
      </div>
      <Show when={rows().length > most()}>
        <div class="row">
          <button type="button" class="small" onClick={() => setMost((count) => count + PAGE)}>
            Show more
          </button>
          <span class="quiet">
            {most()} of {rows().length}
          </span>
        </div>
      </Show>
    </section>
  )
}

function EmptyRow(props: { columns: number; filtered: boolean }) {
  return (
    <tr>
      <td colspan={props.columns} class="quiet">
        {props.filtered
          ? 'Nothing lies within the filter above.'
          : 'The first experiment, the baseline, starts soon.'}
      </td>
    </tr>
  )
}

function ExperimentRow(props: {
  experiment: ExperimentBrief
  tuningId: string
  metric: string
  baseline: ExperimentBrief | undefined
  constraints: string[]
  isBest: boolean
  now: number
}) {
  const check = (constraint: string) => {
    const { result } = props.experiment
    return result?.status === 'measured'
      ? result.constraints.find((one) => one.constraint === constraint)
      : undefined
  }
  const untrusted = () => {
    const { result, objective } = props.experiment
    return objective === null && result?.status === 'measured' && result.clientLimited
  }
  const cutShort = () => {
    const { result } = props.experiment
    return result?.status === 'measured' ? result.cutShort : null
  }
  const failure = () => {
    const { result } = props.experiment
    return result?.status === 'failed' ? result.diagnosis.summary : null
  }

  return (
    <tr classList={{ best: props.isBest, infeasible: props.experiment.feasible === false }}>
      <th scope="row" class="card-title">
        <A href={`/tunings/${props.tuningId}/experiments/${props.experiment.number}`}>
          <span class="card-only">Experiment </span>
          {props.experiment.number}
        </A>
        <Show when={props.isBest}>
          <span class="best-mark">{props.experiment.feasible === false ? '☆ closest' : '★ best'}</span>
        </Show>
      </th>
      <td data-label="Kind">
        {props.experiment.kind}
        <Show when={props.experiment.role}>{(role) => <span class="sub">of the {role()}</span>}</Show>
      </td>
      <td data-label="State">
        <StateBadge
          state={props.experiment.state}
          detail={props.experiment.state === 'running' ? props.experiment.stage : undefined}
        />
        <Show when={untrusted()}>
          <span class="sub">{NOT_JUDGED}</span>
        </Show>
        <Show when={cutShort()}>{(cut) => <span class="sub">{cutShortText(cut())}</span>}</Show>
        <Show when={failure()}>{(summary) => <span class="sub bad">{summary()}</span>}</Show>
      </td>
      <td data-label={metricLabel(props.metric)} class="number">
        {figure(props.experiment.objective)}
      </td>
      <For each={props.constraints}>
        {(constraint) => (
          <td data-label={constraintText(constraint)} class="number">
            <Show when={check(constraint)} fallback="–">
              {(checked) => (
                <span classList={{ bad: !checked().holds }}>
                  {checked().holds ? '✓' : '✕'} {figure(checked().value)}
                </span>
              )}
            </Show>
          </td>
        )}
      </For>
      <td data-label="Took" class="number">
        {span(props.experiment.startedAt, props.experiment.finishedAt, props.now)}
      </td>
      <td data-label="Different">
        <ConfigurationChips
          settings={differences(props.experiment.configuration, props.baseline?.configuration ?? {})}
          none={props.experiment.kind === 'baseline' ? 'the baseline' : 'nothing'}
        />
      </td>
    </tr>
  )
}
