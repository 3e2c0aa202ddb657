import { For, Show } from 'solid-js'
import { flowText } from '../state/flow-text.ts'
import type { Preset } from '../state/goal-fill.ts'
import { asJson, fieldId, textOf } from '../state/request-draft.ts'
import { FieldProblems } from './field.tsx'
import { useRequest } from './request-context.tsx'

/** Fills the space for a goal, where the engine knows what to vary for it. */
export function GoalRow(props: { presets: Record<string, Preset> }) {
  const request = useRequest()
  const { goal, undo, redo } = request.goalFill
  const goals = () => Object.entries(props.presets).filter(([, { space }]) => Object.keys(space).length > 0)
  /** The API fills up what a request that names a preset leaves open. */
  const named = () => textOf(request.read('/preset'))
  const shown = () => props.presets[named() || (goal() ?? '')]

  return (
    <Show when={goals().length > 0}>
      <div class="goal-row">
        <label class="inline">
          <span>Fill for a goal</span>
          <select
            id={fieldId('/preset')}
            onChange={(event) => {
              const chosen = event.currentTarget.value
              const preset = props.presets[chosen]
              if (preset === undefined) request.write('/preset', undefined)
              else request.goalFill.fill(chosen, preset)
              event.currentTarget.value = named()
            }}
          >
            <option value="">choose…</option>
            <For each={goals()}>
              {([name, { description }]) => (
                <option value={name} selected={name === named()}>
                  {goalText(name)}: {description}
                </option>
              )}
            </For>
          </select>
        </label>
        <Step text="Undo" label="Undo the filling" act={undo()} />
        <Step text="Redo" label="Redo the filling" act={redo()} />
        <p class="hint" role="status">
          <Show when={shown()}>
            {(preset) => (
              <>
                {named() === '' ? 'Filled for' : 'Filled up by the preset'}{' '}
                {goalText(named() || (goal() ?? ''))}. {preset().description}
                <Show when={Object.keys(preset().args).length > 0}>
                  {' '}
                  Fixed with it: {flowText(asJson(preset().args))}.
                </Show>
              </>
            )}
          </Show>
        </p>
        <FieldProblems pointer="/preset" />
      </div>
    </Show>
  )
}

function Step(props: { text: string; label: string; act: (() => void) | null }) {
  return (
    <Show when={props.act}>
      {(act) => (
        <button type="button" class="small" aria-label={props.label} onClick={() => act()()}>
          {props.text}
        </button>
      )}
    </Show>
  )
}

function goalText(goal: string): string {
  return goal.replaceAll('_', ' ')
}
