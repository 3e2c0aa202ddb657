import { createSignal, For, Show, untrack, type JSX } from 'solid-js'
import { pairsText, readConfiguration } from '../../domain/configuration-text.ts'
import type { ParameterValue } from '../../domain/parameter.ts'
import { InlineInput } from '../parts/inline-input.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'

/** What a form asks for beyond the action itself: shown in place of the buttons until it is sent or left. */
export interface AskProps {
  busy: boolean
  send: (given: Record<string, unknown>) => void
  leave: () => void
}

function AskForm(
  props: AskProps & { submit: string; danger?: boolean; given: () => object; children: JSX.Element },
) {
  const [error, setError] = createSignal<unknown>(null)
  return (
    <form
      class="row tight"
      onSubmit={(event) => {
        event.preventDefault()
        try {
          props.send({ ...props.given() })
        } catch (problem) {
          setError(() => problem)
        }
      }}
      onKeyDown={(event) => event.key === 'Escape' && props.leave()}
    >
      {props.children}
      <button type="submit" class={props.danger === true ? 'danger' : 'primary'} disabled={props.busy}>
        {props.submit}
      </button>
      <button type="button" onClick={() => props.leave()}>
        Back
      </button>
      <ProblemNote error={error()} />
    </form>
  )
}

export function CancelForm(props: AskProps) {
  const [reason, setReason] = createSignal('')
  return (
    <AskForm {...props} submit="Stop tuning" danger given={() => ({ reason: reason().trim() || null })}>
      <InlineInput
        label="Stop this tuning? Reason (optional)"
        value={reason()}
        change={setReason}
        maxlength="500"
        first
      />
    </AskForm>
  )
}

/** More of the budget: experiments, and time where the tuning has a limit of it. */
export function ExtendForm(props: AskProps & { timed: boolean }) {
  const [experiments, setExperiments] = createSignal('8')
  const [time, setTime] = createSignal('')
  const given = () => ({
    ...(experiments().trim() === '' ? {} : { experiments: Number(experiments()) }),
    ...(time().trim() === '' ? {} : { time: time().trim() }),
  })
  return (
    <AskForm {...props} submit="Extend" given={given}>
      <InlineInput
        label="More experiments"
        value={experiments()}
        change={setExperiments}
        type="number"
        min="1"
        max="10000"
        first
      />
      <Show when={props.timed}>
        <InlineInput label="More time" value={time()} change={setTime} placeholder="2h" size="6" />
      </Show>
    </AskForm>
  )
}

/** Priority and parallelism of a tuning that runs. */
export function AdjustForm(props: AskProps & { priority: number; parallelism: number }) {
  const [priority, setPriority] = createSignal(untrack(() => `${props.priority}`))
  const [parallelism, setParallelism] = createSignal(untrack(() => `${props.parallelism}`))
  return (
    <AskForm
      {...props}
      submit="Set"
      given={() => ({ priority: Number(priority()), parallelism: Number(parallelism()) })}
    >
      <InlineInput
        label="Priority"
        value={priority()}
        change={setPriority}
        type="number"
        min="-100"
        max="100"
        first
      />
      <InlineInput
        label="Experiments at a time"
        value={parallelism()}
        change={setParallelism}
        type="number"
        min="1"
        max="64"
      />
    </AskForm>
  )
}

/** A configuration of the user's own: name=value pairs, begun from the best so far. */
export function AddForm(props: AskProps & { from: Record<string, ParameterValue>; known: string[] }) {
  const [text, setText] = createSignal(untrack(() => pairsText(props.from, ' ')))
  return (
    <AskForm
      {...props}
      submit="Try it"
      given={() => ({
        configuration: readConfiguration(
          text()
            .split(/[\s,]+/)
            .filter((pair) => pair !== ''),
        ),
      })}
    >
      <InlineInput
        label="Configuration"
        value={text()}
        change={setText}
        list="known-parameters"
        size="48"
        placeholder="parallel=4 batch_size=512"
        first
        grow
      />
      <datalist id="known-parameters">
        <For each={props.known}>{(name) => <option value={`${name}=`} />}</For>
      </datalist>
    </AskForm>
  )
}
