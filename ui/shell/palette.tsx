import { useNavigate } from '@solidjs/router'
import { createEffect, createMemo, createResource, createSignal, For, on, onMount, Show } from 'solid-js'
import { answer, api } from '../state/api.ts'
import { matching, pageCommands, type Command } from '../state/commands.ts'
import { may } from '../state/session.ts'
import { settled } from '../state/settled.ts'

const PAGES = [
  ['Tunings', '/', 'viewer'],
  ['New tuning', '/new', 'operator'],
  ['Compare', '/compare', 'viewer'],
  ['Schedules', '/schedules', 'viewer'],
  ['New schedule', '/schedules/new', 'operator'],
  ['Hosts', '/hosts', 'viewer'],
  ['Settings', '/settings', 'viewer'],
] as const
const MOST_TUNINGS = 8

/** Everything by name: what the page offers, pages, and tunings; to be typed for and chosen with the arrows. */
export default function Palette(props: { close: () => void }) {
  const navigate = useNavigate()
  const [text, setText] = createSignal('')
  const [chosen, setChosen] = createSignal(0)
  let dialog: HTMLDialogElement | undefined
  onMount(() => dialog?.showModal())

  const [tunings] = createResource(text, async (search) => {
    const query = { limit: MOST_TUNINGS, search: search.trim() || undefined }
    return (await answer(api.GET('/api/v1/tunings', { params: { query } }))).tunings
  })
  // What was found stays until something else is.
  const found = createMemo<Command[]>((before) => {
    const now = settled(tunings)
    if (now === undefined) return before
    return now.map(({ id, name, state }) => ({
      name,
      hint: `tuning, ${state}`,
      run: () => navigate(`/tunings/${id}`),
    }))
  }, [])
  const pages = PAGES.filter(([, , role]) => may(role)).map(([name, path]) => ({
    name,
    hint: 'page',
    run: () => navigate(path),
  }))
  const shown = createMemo(() => [
    ...matching([...pageCommands(), ...pages], text()),
    ...matching(found(), text()),
  ])
  createEffect(on(text, () => setChosen(0)))

  const take = (command: Command | undefined) => {
    if (command === undefined) return
    props.close()
    command.run()
  }
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    const count = shown().length
    if (event.key === 'Enter') take(shown()[chosen()])
    else if (step !== undefined && count > 0) setChosen((chosen() + step + count) % count)
    else return
    event.preventDefault()
    document.getElementById(`command-${chosen()}`)?.scrollIntoView({ block: 'nearest' })
  }

  return (
    <dialog
      ref={dialog}
      class="palette"
      aria-label="Commands"
      onClose={() => props.close()}
      onClick={(event) => event.target === dialog && props.close()}
    >
      <input
        type="text"
        role="combobox"
        aria-label="Command, page or tuning"
        aria-expanded="true"
        aria-controls="commands"
        aria-activedescendant={shown().length > 0 ? `command-${chosen()}` : undefined}
        autocomplete="off"
        placeholder="Type a command, a page or a tuning"
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={press}
      />
      <ul id="commands" role="listbox" aria-label="Commands">
        <For each={shown()}>
          {(command, index) => (
            <li
              id={`command-${index()}`}
              role="option"
              aria-selected={index() === chosen()}
              onMouseMove={() => setChosen(index())}
              onClick={() => take(command)}
            >
              {command.name}
              <span class="sub">{command.hint}</span>
            </li>
          )}
        </For>
      </ul>
      <Show when={shown().length === 0}>
        <p class="quiet">Nothing is called that.</p>
      </Show>
    </dialog>
  )
}
