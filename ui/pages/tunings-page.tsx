import { A, useSearchParams } from '@solidjs/router'
import { createMemo, createSignal, For, Match, Show, Switch } from 'solid-js'
import { ConnectionPill } from '../parts/connection-pill.tsx'
import { LookOnly } from '../parts/look-only.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { ProjectSelect } from '../parts/project-select.tsx'
import { LoadError } from '../parts/load-error.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import { createDeletions } from '../state/deletions.ts'
import { createNow } from '../state/now.ts'
import { may, projectChoice } from '../state/session.ts'
import { countByState, toggled } from '../state/tuning-list-state.ts'
import { createTuningListStore } from '../state/tuning-list-store.ts'
import { BulkActions } from '../tunings/bulk-actions.tsx'
import { StateFilter } from '../tunings/state-filter.tsx'
import { TuningRow } from '../tunings/tuning-row.tsx'
import { UndoNote } from '../tunings/undo-note.tsx'

/** The list of tunings. */
export default function TuningsPage() {
  const [query, setQuery] = useSearchParams<{
    state?: string
    search?: string
    project?: string
    deleted?: string
  }>()
  const states = () => (query.state ?? '').split(',').filter((state) => state !== '')
  const search = () => query.search ?? ''
  const project = () => query.project ?? ''
  const deleted = () => query.deleted === 'true'
  const store = createTuningListStore(
    createMemo(() => ({ search: search(), project: project(), deleted: deleted() })),
  )
  const deletions = createDeletions(({ id }) => store.remove(id), store.put)
  const now = createNow()
  const [loadingMore, setLoadingMore] = createSignal(false)

  const shown = () =>
    states().length === 0
      ? store.list.tunings
      : store.list.tunings.filter(({ state }) => states().includes(state))
  const [selected, setSelected] = createSignal<readonly string[]>([])
  const chosen = () => shown().filter(({ id }) => selected().includes(id))
  const running = () => store.list.tunings.filter(({ state }) => state === 'running').length
  const filtered = () => states().length > 0 || search() !== '' || project() !== ''
  usePageTitle(() => (running() > 0 ? `${running()} running · Tunings` : 'Tunings'))

  const more = async () => {
    setLoadingMore(true)
    await store.more()
    setLoadingMore(false)
  }
  let typing: ReturnType<typeof setTimeout> | undefined
  const type = (text: string) => {
    clearTimeout(typing)
    typing = setTimeout(() => setQuery({ search: text || null }, { replace: true, scroll: false }), 250)
  }

  return (
    <>
      <div class="page-head">
        <h1>Tunings</h1>
        <ConnectionPill connection={store.connection()} now={now()} />
        <Show when={may('operator')}>
          <A class="button primary push" href="/new">
            New tuning
          </A>
        </Show>
      </div>
      <div class="filters">
        <label class="search">
          <span class="visually-hidden">Search by name</span>
          <input
            type="search"
            placeholder="Search by name"
            value={search()}
            onInput={(event) => type(event.currentTarget.value)}
          />
        </label>
        <ProjectSelect
          any="all"
          value={project()}
          choose={(name) => setQuery({ project: name || null }, { scroll: false })}
        />
        <StateFilter
          counts={countByState(store.list.tunings)}
          total={store.list.tunings.length}
          partial={store.list.next !== null}
          selected={states()}
          toggle={(state) =>
            setQuery({ state: toggled(states(), state).join(',') || null }, { scroll: false })
          }
          clear={() => setQuery({ state: null }, { scroll: false })}
        />
        <button
          type="button"
          class="chip-button push"
          aria-pressed={deleted()}
          onClick={() => setQuery({ deleted: deleted() ? null : 'true' }, { scroll: false })}
        >
          deleted
        </button>
      </div>

      <Switch
        fallback={
          <>
            <ProblemNote error={store.error()} />
            <div class="scroll">
              <table class="cards">
                <thead>
                  <tr>
                    <Show when={!deleted()}>
                      <th scope="col" class="select-cell">
                        <input
                          type="checkbox"
                          aria-label="Select all"
                          checked={chosen().length === shown().length}
                          onChange={(event) =>
                            setSelected(event.currentTarget.checked ? shown().map(({ id }) => id) : [])
                          }
                        />
                      </th>
                    </Show>
                    <th scope="col">Tuning</th>
                    <Show when={projectChoice().length > 0}>
                      <th scope="col">Project</th>
                    </Show>
                    <th scope="col">State</th>
                    <th scope="col">Progress</th>
                    <th scope="col" class="number">
                      Best so far
                    </th>
                    <th scope="col" class="number">
                      Over baseline
                    </th>
                    <th scope="col" class="number">
                      Failed
                    </th>
                    <th scope="col">Age</th>
                    <th scope="col">
                      <span class="visually-hidden">Actions</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  <For each={shown()}>
                    {(tuning) => (
                      <TuningRow
                        tuning={tuning}
                        now={now()}
                        selected={selected().includes(tuning.id)}
                        select={() => setSelected((ids) => toggled(ids, tuning.id))}
                        deleted={deleted()}
                        deletions={deletions}
                      />
                    )}
                  </For>
                </tbody>
              </table>
            </div>
            <Show when={chosen().length > 0 && !deleted()}>
              <BulkActions tunings={chosen()} deletions={deletions} clear={() => setSelected([])} />
            </Show>
          </>
        }
      >
        <Match when={!store.list.loaded && store.error()}>
          {(error) => <LoadError error={error()} retry={store.retry} />}
        </Match>
        <Match when={!store.list.loaded}>
          <Skeleton lines={8} />
        </Match>
        <Match when={shown().length === 0 && deleted()}>
          <section class="empty">
            <h2>Nothing to restore</h2>
            <p>A tuning that is deleted is kept here for some days.</p>
            <button type="button" onClick={() => setQuery({ deleted: null })}>
              Show all tunings
            </button>
          </section>
        </Match>
        <Match when={shown().length === 0 && filtered()}>
          <section class="empty">
            <h2>Nothing matches the filter</h2>
            <p>
              <Show when={store.list.next !== null} fallback="No tuning matches.">
                None of the newest {store.list.tunings.length} tunings matches; older ones may.
              </Show>
            </p>
            <button type="button" onClick={() => setQuery({ state: null, search: null, project: null })}>
              Show all tunings
            </button>
          </section>
        </Match>
        <Match when={shown().length === 0}>
          <section class="empty">
            <h2>No tunings yet</h2>
            <p>
              A tuning tries configurations of an inference server under load and tells which one serves the
              most traffic within your latency limits. The form starts with the demo: a small model that runs
              on this machine.
            </p>
            <Show when={may('operator')} fallback={<LookOnly doing="starting tunings" role="operator" />}>
              <A class="button primary" href="/new">
                Start with the demo request
              </A>
            </Show>
          </section>
        </Match>
      </Switch>

      <UndoNote deletions={deletions} />
      <Show when={store.list.next !== null}>
        <button type="button" class="more" disabled={loadingMore()} onClick={() => void more()}>
          {loadingMore() ? 'Loading…' : 'More tunings'}
        </button>
      </Show>
    </>
  )
}
