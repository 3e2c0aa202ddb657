import { useNavigate, useSearchParams } from '@solidjs/router'
import {
  createEffect,
  createResource,
  createSignal,
  lazy,
  Match,
  on,
  onCleanup,
  Show,
  Suspense,
  Switch,
} from 'solid-js'
import { CheckResult } from '../new-tuning/check-result.tsx'
import { RequestContext } from '../new-tuning/request-context.tsx'
import { RequestForm } from '../new-tuning/request-form.tsx'
import { Later } from '../parts/later.tsx'
import { LoadError } from '../parts/load-error.tsx'
import { LookOnly } from '../parts/look-only.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { ProjectSelect } from '../parts/project-select.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import { answer, api } from '../state/api.ts'
import { initialRequest, type InitialRequest } from '../state/initial-request.ts'
import { keepDraft, keptDraft } from '../state/kept-drafts.ts'
import { createRequestStore, type RequestStore } from '../state/request-store.ts'
import { may } from '../state/session.ts'
import { failure, settled } from '../state/settled.ts'

const YamlTab = lazy(() => import('../new-tuning/yaml-tab.tsx'))

/** The form of a new tuning, from the demo request or from an earlier tuning. */
export default function NewTuningPage() {
  const [query] = useSearchParams<{ from?: string }>()
  usePageTitle(() => 'New tuning')
  const [initial, { refetch }] = createResource(() => query.from ?? '', begin)

  return (
    <>
      <div class="page-head">
        <h1>New tuning</h1>
        <Show when={query.from}>{(from) => <span class="quiet">from tuning {from()}</span>}</Show>
        <Show when={settled(initial)?.isKept}>
          <button
            type="button"
            class="small push"
            title="Drop what was changed before"
            onClick={() => {
              keepDraft(query.from ?? '', null)
              void refetch()
            }}
          >
            Start afresh
          </button>
        </Show>
      </div>
      <Switch fallback={<Skeleton lines={12} />}>
        <Match when={!may('operator')}>
          <LookOnly doing="starting tunings" role="operator" />
        </Match>
        <Match when={initial.state === 'errored'}>
          <LoadError error={failure(initial)} retry={() => void refetch()} />
        </Match>
        <Match when={settled(initial)} keyed>
          {({ from, initial: begun }) => <NewTuning from={from} initial={begun} />}
        </Match>
      </Switch>
    </>
  )
}

/** Begins with what was left, so that a look at another page costs nothing. */
async function begin(from: string): Promise<{ from: string; initial: InitialRequest; isKept: boolean }> {
  const kept = keptDraft(from)
  return { from, initial: kept ?? (await initialRequest(from)), isKept: kept !== undefined }
}

function NewTuning(props: { from: string; initial: InitialRequest }) {
  const request = createRequestStore(props.initial)
  createEffect(
    on(
      [request.draft, request.project],
      ([draft, project]) => keepDraft(props.from, { request: draft, project }),
      { defer: true },
    ),
  )
  // A draft lives as long as the page does: to reload it, or to close its tab, is asked about.
  const beforeUnload = (event: BeforeUnloadEvent) => {
    if (keptDraft(props.from) !== undefined) event.preventDefault()
  }
  window.addEventListener('beforeunload', beforeUnload)
  onCleanup(() => window.removeEventListener('beforeunload', beforeUnload))
  const [tab, setTab] = createSignal<'form' | 'yaml'>('form')
  const [engines] = createResource(() => answer(api.GET('/api/v1/engines')))

  return (
    <RequestContext.Provider value={request}>
      <div
        class="tabs"
        role="tablist"
        aria-label="How to write the request"
        onKeyDown={(event) => {
          if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return
          const other = tab() === 'form' ? 'yaml' : 'form'
          setTab(other)
          event.currentTarget.querySelector<HTMLElement>(`#tab-${other}`)?.focus()
        }}
      >
        <Tab name="form" text="Form" selected={tab()} select={setTab} />
        <Tab name="yaml" text="YAML" selected={tab()} select={setTab} />
      </div>
      <form
        class="new-tuning"
        onSubmit={(event) => {
          event.preventDefault()
        }}
        novalidate
      >
        <div role="tabpanel" id="panel" aria-labelledby={`tab-${tab()}`}>
          <Show
            when={tab() === 'form'}
            fallback={
              <Suspense fallback={<Skeleton lines={12} />}>
                <YamlTab />
              </Suspense>
            }
          >
            <RequestForm engines={settled(engines)?.engines ?? []} />
          </Show>
        </div>
        <aside class="check" aria-label="Check">
          {/* On a phone it stands below the form, and would be pushed by all that is drawn later. */}
          <Later>
            <CheckResult showForm={() => setTab('form')} />
            <StartButton request={request} started={() => keepDraft(props.from, null)} />
          </Later>
        </aside>
      </form>
    </RequestContext.Provider>
  )
}

function Tab(props: {
  name: 'form' | 'yaml'
  text: string
  selected: string
  select: (tab: 'form' | 'yaml') => void
}) {
  return (
    <button
      type="button"
      role="tab"
      id={`tab-${props.name}`}
      aria-controls="panel"
      aria-selected={props.selected === props.name}
      tabIndex={props.selected === props.name ? 0 : -1}
      onClick={() => props.select(props.name)}
    >
      {props.text}
    </button>
  )
}

function StartButton(props: { request: RequestStore; started: () => void }) {
  const navigate = useNavigate()
  const [busy, setBusy] = createSignal(false)
  const [error, setError] = createSignal<unknown>(null)

  const start = async () => {
    setBusy(true)
    setError(null)
    try {
      const { id } = await props.request.submit()
      props.started()
      navigate(`/tunings/${id}`)
    } catch (reason) {
      setError(() => reason)
    } finally {
      setBusy(false)
    }
  }

  return (
    <>
      <ProjectSelect value={props.request.project()} choose={(name) => props.request.setProject(name)} />
      <button
        type="button"
        class="primary wide"
        disabled={busy() || props.request.yamlError() !== null}
        onClick={() => void start()}
      >
        {busy() ? 'Starting…' : 'Start tuning'}
      </button>
      <ProblemNote error={error()} />
    </>
  )
}
