import { createEffect, createSignal, For, Match, on, Switch } from 'solid-js'
import type { Configuration } from '../../domain/parameter.ts'
import type { ActionName } from '../../domain/action-rules.ts'
import { isFinished } from '../../domain/tuning-state.ts'
import { ProblemNote } from '../parts/problem-note.tsx'
import { useCommands } from '../state/commands.ts'
import { createActions, isOffered } from '../state/action-store.ts'
import { may } from '../state/session.ts'
import type { TuningState } from '../state/tuning-state.ts'
import { AddForm, AdjustForm, CancelForm, ExtendForm } from './action-forms.tsx'

/** Actions that take effect at a click, and those that ask for something first. */
const SIMPLE = [
  { action: 'pause', label: 'Pause', title: 'Experiments that run finish; none is started' },
  { action: 'resume', label: 'Resume', title: 'Go on from what is known' },
  { action: 'finish', label: 'Finish now', title: 'End the search, confirm the best so far and report' },
] as const
const ASKING = [
  { action: 'extend', label: 'Extend…', title: 'More experiments or time' },
  { action: 'add', label: 'Add…', title: 'Try a configuration of your own' },
  { action: 'adjust', label: 'Adjust…', title: 'Priority, and experiments at a time' },
  { action: 'cancel', label: 'Cancel…', title: 'Stop, and keep the results' },
] as const
type Asking = (typeof ASKING)[number]['action']

/** All that can be done with a tuning as it is now. */
export function TuningActions(props: {
  state: TuningState
  /** Hears of an action on a finished tuning: its events go on. */
  onActed: () => void
}) {
  const tuning = () => props.state.tuning
  const actions = createActions(
    () => tuning().id,
    () => {
      setAsking(null)
      if (isFinished(tuning().state)) props.onActed()
    },
  )
  createEffect(on(() => tuning().lastEvent, actions.hear, { defer: true }))
  const [asking, setAsking] = createSignal<Asking | null>(null)
  const possible = (action: ActionName) => may('operator') && isOffered(action, tuning().state)
  const buttons = new Map<Asking, HTMLButtonElement>()
  const leave = () => {
    const asked = asking()
    setAsking(null)
    if (asked !== null) buttons.get(asked)?.focus()
  }
  const ask = (action: ActionName) => ({
    busy: actions.busy(),
    send: (given: Record<string, unknown>) => void actions.act(action, given),
    leave,
  })
  useCommands(() =>
    [
      ...SIMPLE.map((one) => ({ ...one, run: () => void actions.act(one.action) })),
      ...ASKING.map((one) => ({ ...one, run: () => void setAsking(one.action) })),
    ]
      .filter(({ action }) => possible(action))
      .map(({ label, title, run }) => ({ name: label, hint: title, run })),
  )
  const best = (): Configuration => {
    const { number = 0 } = tuning().best ?? {}
    return props.state.experiments.find((experiment) => experiment.number === number)?.configuration ?? {}
  }

  return (
    <div class="actions">
      <Switch
        fallback={
          <div class="row tight">
            <For each={SIMPLE.filter(({ action }) => possible(action))}>
              {({ action, label, title }) => (
                <button
                  type="button"
                  class={action === 'resume' ? 'primary' : undefined}
                  title={title}
                  disabled={actions.busy()}
                  onClick={() => void actions.act(action)}
                >
                  {label}
                </button>
              )}
            </For>
            <For each={ASKING.filter(({ action }) => possible(action))}>
              {({ action, label, title }) => (
                <button
                  ref={(button) => buttons.set(action, button)}
                  type="button"
                  title={title}
                  disabled={actions.busy()}
                  onClick={() => setAsking(action)}
                >
                  {label}
                </button>
              )}
            </For>
          </div>
        }
      >
        <Match when={asking() === 'cancel'}>
          <CancelForm {...ask('cancel')} />
        </Match>
        <Match when={asking() === 'extend'}>
          <ExtendForm {...ask('extend')} timed={tuning().spec.budget.time !== undefined} />
        </Match>
        <Match when={asking() === 'adjust'}>
          <AdjustForm
            {...ask('adjust')}
            priority={tuning().spec.priority ?? 0}
            parallelism={tuning().spec.parallelism ?? 1}
          />
        </Match>
        <Match when={asking() === 'add'}>
          <AddForm {...ask('add')} from={best()} known={Object.keys(tuning().spec.space)} />
        </Match>
      </Switch>
      <ProblemNote error={actions.error()} />
    </div>
  )
}
