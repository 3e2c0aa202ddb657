import { useNavigate } from '@solidjs/router'
import { createResource, createSignal, For, Show, untrack, type ParentProps } from 'solid-js'
import { createStore } from 'solid-js/store'
import { ApiError } from '../../client/client.ts'
import type { ProblemError } from '../../domain/problem.ts'
import { Later } from '../parts/later.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { ProjectSelect } from '../parts/project-select.tsx'
import { createAsk } from '../state/ask.ts'
import type { InitialRequest } from '../state/initial-request.ts'
import { problemsAt, textOf, type JsonObject } from '../state/request-draft.ts'
import { initialDraft, scheduleRequest, tuningProblems, type ScheduleDraft } from '../state/schedule-draft.ts'
import { createSchedule } from '../state/schedule-store.ts'
import { settled } from '../state/settled.ts'
import { OVERLAP_WORDS } from '../words/schedule-words.ts'

/** Asks when what is repeated; what is wrong is shown at its field. */
export function ScheduleForm(props: { initial: InitialRequest }) {
  const navigate = useNavigate()
  const [draft, setDraft] = createStore<ScheduleDraft>(
    untrack(() => initialDraft(textOf(props.initial.request.name), props.initial.project)),
  )
  const [request, setRequest] = createSignal<JsonObject | string>(untrack(() => props.initial.request))
  const [zones, setZones] = createSignal<string[]>([])
  const { busy, error, ask } = createAsk()
  const yamlError = () => {
    const read = request()
    return typeof read === 'string' ? read : null
  }
  const errors = (): ProblemError[] => {
    const problem = error()
    return problem instanceof ApiError ? (problem.problem.errors ?? []) : []
  }
  const wrong = (pointer: string) => problemsAt(errors(), pointer, true)
  const submit = () => {
    const tuning = request()
    if (typeof tuning === 'string') return
    const body = scheduleRequest(draft, tuning)
    const project = draft.project
    void ask(async () => {
      const { id } = await createSchedule(body, project)
      navigate(`/schedules/${id}`)
    })
  }

  return (
    <form
      class="schedule-form"
      novalidate
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Later>
        <fieldset class="panel">
          <legend>When</legend>
          <div class="fields">
            <TextField
              id="schedule-name"
              label="Name"
              problems={wrong('/name')}
              value={draft.name}
              change={(text) => setDraft('name', text)}
            />
            <Labelled id="schedule-kind" label="Repeats" problems={[]}>
              <select
                id="schedule-kind"
                value={draft.kind}
                onChange={(event) =>
                  setDraft('kind', event.currentTarget.value === 'every' ? 'every' : 'cron')
                }
              >
                <option value="cron">at times (cron)</option>
                <option value="every">at an interval</option>
              </select>
            </Labelled>
            <Show
              when={draft.kind === 'cron'}
              fallback={
                <TextField
                  id="schedule-every"
                  label="Every"
                  hint="A number and s, m or h, such as 6h"
                  problems={wrong('/timing')}
                  value={draft.every}
                  change={(text) => setDraft('every', text)}
                />
              }
            >
              <TextField
                id="schedule-cron"
                label="Cron expression"
                hint="minute, hour, day of month, month, day of week"
                problems={wrong('/timing')}
                value={draft.cron}
                change={(text) => setDraft('cron', text)}
              />
              <TextField
                id="schedule-zone"
                label="Time zone"
                list="time-zones"
                problems={wrong('/timeZone')}
                value={draft.timeZone}
                change={(text) => setDraft('timeZone', text)}
                begin={() => setZones(Intl.supportedValuesOf('timeZone'))}
              />
              <datalist id="time-zones">
                <option value="UTC" />
                <For each={zones()}>{(zone) => <option value={zone} />}</For>
              </datalist>
            </Show>
            <Labelled id="schedule-overlap" label="While another still runs" problems={wrong('/overlap')}>
              <select
                id="schedule-overlap"
                value={draft.overlap}
                onChange={(event) => setDraft('overlap', event.currentTarget.value)}
              >
                <For each={Object.entries(OVERLAP_WORDS)}>
                  {([value, words]) => <option value={value}>{words}</option>}
                </For>
              </select>
            </Labelled>
            <label class="check-line">
              <input
                type="checkbox"
                checked={draft.paused}
                onChange={(event) => setDraft('paused', event.currentTarget.checked)}
              />
              Begin paused
            </label>
          </div>
        </fieldset>
      </Later>
      <Later>
        <RepeatedTuning
          initial={props.initial.request}
          yamlError={yamlError()}
          problems={tuningProblems(errors())}
          change={setRequest}
        />
      </Later>
      <Later>
        <div class="row">
          <ProjectSelect value={draft.project} choose={(name) => setDraft('project', name)} />
          <button type="submit" class="primary" disabled={busy() || yamlError() !== null}>
            {busy() ? 'Creating…' : 'Create schedule'}
          </button>
          <Show when={errors().length === 0} fallback={<span class="bad">See what is wrong above.</span>}>
            <ProblemNote error={error()} />
          </Show>
        </div>
      </Later>
    </form>
  )
}

/** What each run tunes, as text. */
function RepeatedTuning(props: {
  initial: JsonObject
  yamlError: string | null
  problems: ProblemError[]
  change: (request: JsonObject | string) => void
}) {
  // The form stands before YAML's reader and writer are there.
  const [loading] = createResource(() => import('../state/request-yaml.ts'))
  const yaml = () => settled(loading)
  return (
    <div class="panel">
      <label for="yaml">What each run tunes, as YAML, as `redline tune` takes it</label>
      <textarea
        id="yaml"
        class="yaml"
        rows="24"
        spellcheck={false}
        aria-invalid={props.yamlError !== null || props.problems.length > 0}
        aria-describedby="yaml-problem"
        readonly={yaml() === undefined}
        value={yaml()?.writeYaml(untrack(() => props.initial)) ?? ''}
        onInput={(event) => {
          const read = yaml()?.readYaml(event.currentTarget.value)
          if (read !== undefined) props.change(read)
        }}
      />
      <div id="yaml-problem" aria-live="polite">
        <Show when={props.yamlError}>{(message) => <pre class="problem">{message()}</pre>}</Show>
        <For each={props.problems}>
          {({ pointer, message }) => (
            <p class="problem">
              <b>{pointer.slice(1).replaceAll('/', ' › ') || 'request'}</b>: {message}
            </p>
          )}
        </For>
      </div>
    </div>
  )
}

function Labelled(props: ParentProps<{ id: string; label: string; hint?: string; problems: string[] }>) {
  return (
    <div class="field">
      <label for={props.id}>{props.label}</label>
      {props.children}
      <Show when={props.hint}>
        <p class="hint">{props.hint}</p>
      </Show>
      <For each={props.problems}>{(message) => <p class="problem">{message}</p>}</For>
    </div>
  )
}

function TextField(props: {
  id: string
  label: string
  hint?: string
  list?: string
  problems: string[]
  value: string
  change: (text: string) => void
  /** The field is about to be used. */
  begin?: () => void
}) {
  return (
    <Labelled id={props.id} label={props.label} hint={props.hint} problems={props.problems}>
      <input
        id={props.id}
        type="text"
        list={props.list}
        autocomplete="off"
        spellcheck={false}
        aria-invalid={props.problems.length > 0}
        value={props.value}
        onFocus={() => props.begin?.()}
        onInput={(event) => props.change(event.currentTarget.value)}
      />
    </Labelled>
  )
}
