import { createEffect, createResource, createSignal, For, on, Show } from 'solid-js'
import { asText, type Experiment } from '../../client/client.ts'
import { messageOf } from '../../domain/message-of.ts'
import { answer, api } from '../state/api.ts'
import { settled } from '../state/settled.ts'
import { isErrorLine, splitByMatch } from './log-lines.ts'

/** More lines than this make a page slow; the end of a log tells the most. */
const SHOWN_LINES = 2000

/** The log of the engine, with a search that marks what it finds. */
export function EngineLog(props: { tuningId: string; number: number; state: Experiment['state'] }) {
  const [search, setSearch] = createSignal('')
  const [log, { refetch }] = createResource(
    () => ({ id: props.tuningId, number: props.number }),
    (path) =>
      answer(
        asText(
          api.GET('/api/v1/tunings/{id}/experiments/{number}/log', { params: { path }, parseAs: 'text' }),
        ),
      ),
  )
  // The log is complete when its experiment is over.
  createEffect(
    on(
      () => props.state,
      () => void refetch(),
      { defer: true },
    ),
  )
  const text = () => settled(log) ?? ''
  const lines = () => text().split('\n')
  const shown = () => lines().slice(-SHOWN_LINES)
  const found = () =>
    search() === ''
      ? null
      : shown().filter((line) => line.toLowerCase().includes(search().toLowerCase())).length

  return (
    <section class="panel" aria-labelledby="log">
      <div class="row">
        <h2 id="log">Engine log</h2>
        <label class="search push">
          <span class="visually-hidden">Search in the log</span>
          <input
            type="search"
            placeholder="Search in the log"
            value={search()}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
        </label>
        <span class="quiet figures" role="status">
          <Show when={found() !== null}>{found()} lines</Show>
        </span>
        <button type="button" class="small" disabled={log.loading} onClick={() => void refetch()}>
          Reload
        </button>
      </div>
      <Show when={log.state === 'errored'}>
        <p class="problem" role="alert">
          {messageOf(log.error)}
        </p>
      </Show>
      <Show when={lines().length > SHOWN_LINES}>
        <p class="sub">
          The last {SHOWN_LINES} of {lines().length} lines.
        </p>
      </Show>
      <div class="log" tabindex="0" role="region" aria-label="Lines of the engine log">
        <Show
          when={text() !== ''}
          fallback={<span class="quiet">{log.loading ? 'Loading…' : 'Nothing is written yet.'}</span>}
        >
          <For each={shown()}>
            {(line) => (
              <div classList={{ 'log-error': isErrorLine(line) }}>
                <For each={splitByMatch(line, search())}>
                  {(part) => (
                    <Show when={part.match} fallback={part.text}>
                      <mark>{part.text}</mark>
                    </Show>
                  )}
                </For>
              </div>
            )}
          </For>
        </Show>
      </div>
    </section>
  )
}
