import { A, useSearchParams } from '@solidjs/router'
import { createResource, For, Match, Show, Switch } from 'solid-js'
import { objectiveMetric } from '../../domain/tuning.ts'
import { metricLabel } from '../../domain/metric-words.ts'
import { DifferenceTable } from '../compare/difference-table.tsx'
import { OverlayChart } from '../compare/overlay-chart.tsx'
import {
  compareSubjects,
  numberOf,
  readWanted,
  subjectOf,
  writeWanted,
  type Subject,
  type Wanted,
} from '../compare/subjects.ts'
import { LoadError } from '../parts/load-error.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import { answer, api } from '../state/api.ts'
import { failure, settled } from '../state/settled.ts'
import { readExperiment, readOverview } from '../state/tuning-store.ts'
import { comparedText } from '../words/compare-words.ts'

async function loadSubject(wanted: Wanted): Promise<Subject> {
  const { tuning, experiments } = await readOverview(wanted.tuningId)
  const number = numberOf(wanted, tuning)
  const experiment = number === null ? null : await readExperiment(tuning.id, number)
  return subjectOf(wanted, tuning, experiments, experiment)
}

/** Two or more tunings or experiments, side by side: the address says which. */
export default function ComparePage() {
  const [query, setQuery] = useSearchParams<{ tunings?: string; experiments?: string }>()
  const wanted = () => readWanted(query)
  const [subjects, { refetch }] = createResource(wanted, (all) => Promise.all(all.map(loadSubject)))
  const change = (all: Wanted[]) => setQuery(writeWanted(all), { scroll: false })
  usePageTitle(() => {
    const names = (settled(subjects) ?? []).map(({ name }) => name)
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
        <AddTuning
          wanted={wanted()}
          add={(tuningId) => change([...wanted(), { tuningId, number: 'best' }])}
        />
      </div>
      <Switch fallback={<Skeleton lines={10} />}>
        <Match when={subjects.state === 'errored'}>
          <LoadError error={failure(subjects)} retry={() => void refetch()} />
        </Match>
        <Match when={settled(subjects)}>
          {(all) => (
            <>
              <Verdicts
                subjects={all()}
                remove={(subject) => change(all().flatMap((one) => (one === subject ? [] : [one.wanted])))}
              />
              <Show when={all().length > 0}>
                <OverlayChart subjects={all()} />
                <DifferenceTable subjects={all()} />
              </Show>
            </>
          )}
        </Match>
      </Switch>
    </>
  )
}

/** What is compared, each with its verdict against the first. */
function Verdicts(props: { subjects: Subject[]; remove: (subject: Subject) => void }) {
  return (
    <section class="panel" aria-labelledby="verdicts">
      <h2 id="verdicts">Verdict</h2>
      <ol class="verdicts">
        <For each={props.subjects} fallback={<li class="quiet">Choose a tuning to compare.</li>}>
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
                <b>{judged(props.subjects[0], subject)}</b>
              </Show>
              <span class="sub">
                {metricLabel(objectiveMetric(subject.tuning.spec.objective).metric)}, {subject.values.length}{' '}
                {subject.values.length === 1 ? 'run' : 'runs'} of its configuration
                {subject.wanted.number === 'best' && subject.experiment !== null
                  ? `, the best: experiment ${subject.experiment.number}`
                  : ''}
              </span>
              <button
                type="button"
                class="small subtle"
                aria-label={`Leave out ${subject.name}`}
                onClick={() => props.remove(subject)}
              >
                Leave out
              </button>
            </li>
          )}
        </For>
      </ol>
    </section>
  )
}

function judged(first: Subject | undefined, second: Subject): string {
  const comparison = first === undefined ? null : compareSubjects(first, second)
  return comparison === null ? 'has another objective' : comparedText(comparison)
}

function AddTuning(props: { wanted: Wanted[]; add: (tuningId: string) => void }) {
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
              {name}, {createdAt.slice(0, 10)}
            </option>
          )}
        </For>
      </select>
    </label>
  )
}
