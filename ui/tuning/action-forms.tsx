import { createSignal, For, Show, untrack, type JSX } from 'solid-js'
import { readConfiguration } from '../../domain/configuration-text.ts'
import type { ParameterValue } from '../../domain/parameter.ts'
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

const focused = (input: HTMLInputElement) => queueMicrotask(() => input.focus())

export function CancelForm(props: AskProps) {
  const [reason, setReason] = createSignal('')
  return (
    <AskForm {...props} submit="Stop tuning" danger given={() => ({ reason: reason().trim() || null })}>
      <label class="inline">
        <span>Stop this tuning? Reason (optional)</span>
        <input
          type="text"
          maxlength="500"
          ref={focused}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </label>
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
      <label class="inline">
        <span>More experiments</span>
        <input
          type="number"
          min="1"
          max="10000"
          value={experiments()}
          ref={focused}
          onInput={(event) => setExperiments(event.currentTarget.value)}
        />
      </label>
      <Show when={props.timed}>
        <label class="inline">
          <span>More time</span>
          <input
            type="text"
            placeholder="2h"
            size="6"
            onInput={(event) => setTime(event.currentTarget.value)}
          />
        </label>
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
      <label class="inline">
        <span>Priority</span>
        <input
          type="number"
          min="-100"
          max="100"
          value={priority()}
          ref={focused}
          onInput={(event) => setPriority(event.currentTarget.value)}
        />
      </label>
      <label class="inline">
        <span>Experiments at a time</span>
        <input
          type="number"
          min="1"
          max="64"
          value={parallelism()}
          onInput={(event) => setParallelism(event.currentTarget.value)}
        />
      </label>
    </AskForm>
  )
}

/** A configuration of the user's own: name=value pairs, begun from the best so far. */
export function AddForm(props: AskProps & { from: Record<string, ParameterValue>; known: string[] }) {
  const [text, setText] = createSignal(
    Object.entries(untrack(() => props.from))
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
  )
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
      <label class="inline grow">
        <span>Configuration</span>
        <input
          type="text"
          list="known-parameters"
          size="48"
          placeholder="parallel=4 batch_size=512"
          value={text()}
          ref={focused}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <datalist id="known-parameters">
          <For each={props.known}>{(name) => <option value={`${name}=`} />}</For>
        </datalist>
      </label>
    </AskForm>
  )
}
