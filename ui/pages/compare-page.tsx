import { A, useSearchParams } from '@solidjs/router'
import { createMemo, createResource, For, Show } from 'solid-js'
import type { Tuning } from '../../client/client.ts'
import { counted } from '../../domain/figures.ts'
import { expectedRuns, objectiveMetric } from '../../domain/tuning.ts'
import { metricLabel } from '../../domain/metric-words.ts'
import { isFinished } from '../../domain/tuning-state.ts'
import { createCompareStore, type Compared } from '../compare/compare-store.ts'
import { DifferenceTable } from '../compare/difference-table.tsx'
import { OverlayChart } from '../compare/overlay-chart.tsx'
import { readWanted, unequalParts, writeWanted, type Wanted } from '../compare/subjects.ts'
import { ConnectionPill } from '../parts/connection-pill.tsx'
import { Later } from '../parts/later.tsx'
import { Loaded } from '../parts/loaded.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import { answer, api } from '../state/api.ts'
import { createNow } from '../state/now.ts'
import { settled } from '../state/settled.ts'
import { unequalText } from '../words/compare-words.ts'
import { moment } from '../words/times.ts'

/** Two or more tunings or experiments, side by side: the address says which. */
export default function ComparePage() {
  const [query, setQuery] = useSearchParams<{ tunings?: string; experiments?: string }>()
  const wanted = () => readWanted(query)
  const store = createCompareStore(wanted)
  const now = createNow()
  const change = (all: Wanted[]) => setQuery(writeWanted(all), { scroll: false })
  usePageTitle(() => {
    const names = (store.data()?.subjects ?? []).map(({ name }) => name)
    return names.length === 0 ? 'Compare' : `Compare ${names.join(' and ')}`
  })

  return (
    <>
      <nav class="crumbs" aria-label="Breadcrumb">
        <A href="/" end>
          Tunings
        </A>{' '}
        / Compare
      </nav>
      <div class="page-head">
        <h1>Compare</h1>
        <ConnectionPill connection={store.connection()} now={now()} />
        <AddTuning
          wanted={wanted()}
          now={now()}
          add={(tuningId) => change([...wanted(), { tuningId, number: 'best' }])}
        />
      </div>
      <Loaded store={store} lines={10}>
        {(data) => (
          <>
            <Verdicts
              {...data()}
              leaveOut={({ tuningId, number }) =>
                change(wanted().filter((one) => one.tuningId !== tuningId || one.number !== number))
              }
            />
            <Show when={data().subjects.length > 0}>
              <Later>
                <OverlayChart subjects={data().subjects} />
              </Later>
              <Later>
                <DifferenceTable subjects={data().subjects} />
              </Later>
            </Show>
          </>
        )}
      </Loaded>
    </>
  )
}

/** What is compared, each with its verdict against the first. */
function Verdicts(props: Compared & { leaveOut: (one: Wanted) => void }) {
  const [judging] = createResource(async () => (await import('../compare/judge.ts')).judge)
  const unequal = createMemo(() => unequalParts(props.subjects))
  return (
    <section class="panel" aria-labelledby="verdicts">
      <h2 id="verdicts">Verdict</h2>
      <Show when={unequal().length > 0}>
        <p class="unequal">
          They were asked different things: {unequalText(unequal())}, see{' '}
          <a href="#differences">Differences</a>.
        </p>
      </Show>
      <ol class="verdicts">
        <Show when={props.subjects.length + props.gone.length === 0}>
          <li class="quiet">Choose a tuning to compare.</li>
        </Show>
        <For each={props.subjects}>
          {(subject, index) => (
            <li>
              <A
                href={
                  subject.wanted.number === 'best'
                    ? `/tunings/${subject.tuning.id}`
                    : `/tunings/${subject.tuning.id}/experiments/${subject.wanted.number}`
                }
              >
                {subject.name}
              </A>{' '}
              <Show when={index() > 0} fallback={<span class="quiet">what the others are set against</span>}>
                <Show when={settled(judging)} fallback={<span class="quiet">…</span>}>
                  {(judge) => <b>{judge()(props.subjects[0] ?? subject, subject)}</b>}
                </Show>
              </Show>
              <span class="sub">
                {metricLabel(objectiveMetric(subject.tuning.spec.objective).metric)},{' '}
                {counted(subject.values.length, 'run')} of its configuration
                {subject.wanted.number === 'best' && subject.experiment !== null
                  ? `, the best: experiment ${subject.experiment.number}`
                  : ''}
                {isFinished(subject.tuning.state) ? '' : `, ${progressText(subject.tuning)}`}
              </span>
              <LeaveOut name={subject.name} act={() => props.leaveOut(subject.wanted)} />
            </li>
          )}
        </For>
        <For each={props.gone}>
          {(one) => (
            <li>
              <code>{goneName(one)}</code> <span class="bad">is not there, or was deleted</span>
              <LeaveOut name={goneName(one)} act={() => props.leaveOut(one)} />
            </li>
          )}
        </For>
      </ol>
    </section>
  )
}

function LeaveOut(props: { name: string; act: () => void }) {
  return (
    <button
      type="button"
      class="small subtle"
      aria-label={`Leave out ${props.name}`}
      onClick={() => props.act()}
    >
      Leave out
    </button>
  )
}

function goneName({ tuningId, number }: Wanted): string {
  return number === 'best' ? tuningId : `${tuningId}, experiment ${number}`
}

function progressText({ state, experiments: { completed, failed }, spec }: Tuning): string {
  return `${state}: ${completed + failed} of ${expectedRuns(spec)} runs`
}

function AddTuning(props: { wanted: Wanted[]; now: number; add: (tuningId: string) => void }) {
  const [tunings] = createResource(() =>
    answer(api.GET('/api/v1/tunings', { params: { query: { limit: 100 } } })),
  )
  const others = () =>
    (settled(tunings)?.tunings ?? []).filter(
      ({ id }) => !props.wanted.some(({ tuningId, number }) => tuningId === id && number === 'best'),
    )
  return (
    <label class="push inline add-tuning">
      <span>Add a tuning</span>
      <select
        onChange={(event) => {
          const id = event.currentTarget.value
          event.currentTarget.value = ''
          if (id !== '') props.add(id)
        }}
      >
        <option value="">choose…</option>
        <For each={others()}>
          {({ id, name, createdAt }) => (
            <option value={id}>
              {name}, {moment(createdAt, props.now)}
            </option>
          )}
        </For>
      </select>
    </label>
  )
}
