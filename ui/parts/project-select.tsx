import { For, Show } from 'solid-js'
import { projectChoice } from '../state/session.ts'

/** Chooses the project that something belongs to; nothing where there is but one. */
export function ProjectSelect(props: { value: string; choose: (project: string) => void; any?: string }) {
  return (
    <Show when={projectChoice().length > 0}>
      <label class="inline">
        <span>Project</span>
        <select
          aria-label="Project"
          value={props.value}
          onChange={(event) => props.choose(event.currentTarget.value)}
        >
          <Show when={props.any}>
            <option value="">{props.any}</option>
          </Show>
          <For each={projectChoice()}>
            {(project) => (
              <option value={project} selected={project === props.value}>
                {project}
              </option>
            )}
          </For>
        </select>
      </label>
    </Show>
  )
}
