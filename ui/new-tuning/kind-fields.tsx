import { For, Match, Show, Switch } from 'solid-js'
import { fieldId, isObject, textOf, type Json } from '../state/request-draft.ts'
import { Field, FieldProblems, useInvalid } from './field.tsx'
import { FlowInput, NumberInput, SelectInput, SwitchInput, TextInput } from './inputs.tsx'
import { KINDS_WITHIN, type Kind, type FieldOfKind } from './kinds.ts'
import { useRequest } from './request-context.tsx'

/** A choice of kinds for the value at a place, and the fields of the chosen one. */
export function KindFields(props: { pointer: string; label: string; kinds: Kind[] }) {
  const request = useRequest()
  const value = () => request.read(props.pointer)
  const kind = () => props.kinds.find((one) => one.matches(value()))
  const fields = () => kind()?.fields ?? []
  /** A kind of one value alone shows it, and what is wrong with it, in its own field. */
  const isOwn = () => fields().some(({ at }) => at === '')
  const id = () => (isOwn() ? `${fieldId(props.pointer)}-kind` : fieldId(props.pointer))
  const isDue = ({ when }: FieldOfKind) => {
    const present = value()
    return when === undefined || (isObject(present) && when(present))
  }
  const invalid = useInvalid(() => props.pointer)
  /** What was entered before another kind was tried. */
  const left = new Map<string, Json>()
  const change = (name: string) => {
    const [from, to] = [kind(), props.kinds.find((one) => one.name === name)]
    const before = value()
    if (from !== undefined && before !== undefined) left.set(from.name, before)
    request.write(props.pointer, left.get(name) ?? to?.start)
  }

  return (
    <>
      <div class="field">
        <label for={id()}>{props.label}</label>
        <select
          id={id()}
          aria-invalid={invalid() && !isOwn()}
          onChange={(event) => change(event.currentTarget.value)}
        >
          <Show when={kind() === undefined}>
            <option value="">choose</option>
          </Show>
          <For each={props.kinds}>
            {({ name, text }) => (
              <option value={name} selected={name === kind()?.name}>
                {text}
              </option>
            )}
          </For>
        </select>
        <Show when={!isOwn()}>
          <FieldProblems pointer={props.pointer} />
          <FieldProblems pointer={`${props.pointer}/${kind()?.name ?? ''}`} />
        </Show>
      </div>
      <For each={fields()}>
        {(field) => (
          <Show when={isDue(field)}>
            <KindField pointer={props.pointer + field.at} field={field} />
          </Show>
        )}
      </For>
    </>
  )
}

function KindField(props: { pointer: string; field: FieldOfKind }) {
  const input = () => props.field.input
  const kinds = () => {
    const known = input()
    return known === 'length' || known === 'turns' ? KINDS_WITHIN[known] : undefined
  }
  return (
    <Show
      when={kinds()}
      fallback={
        <Field
          pointer={props.pointer}
          label={props.field.label}
          hint={props.field.hint}
          inside={input() === 'list'}
        >
          <FieldInput pointer={props.pointer} field={props.field} />
        </Field>
      }
    >
      {(within) => (
        <div class="kind" role="group" aria-label={props.field.label}>
          <KindFields pointer={props.pointer} label={props.field.label} kinds={within()} />
        </div>
      )}
    </Show>
  )
}

function FieldInput(props: { pointer: string; field: FieldOfKind }) {
  const request = useRequest()
  const input = () => props.field.input
  const options = () => Object.entries(input()).map(([value, text]) => ({ value, text }))
  return (
    <Switch
      fallback={
        <SelectInput
          pointer={props.pointer}
          value={textOf(request.read(props.pointer) ?? options()[0]?.value)}
          options={options()}
        />
      }
    >
      <Match when={input() === 'number'}>
        <NumberInput
          pointer={props.pointer}
          min={props.field.min}
          step={props.field.whole === true ? 1 : 'any'}
          placeholder={props.field.placeholder}
        />
      </Match>
      <Match when={input() === 'text'}>
        <TextInput
          pointer={props.pointer}
          placeholder={props.field.placeholder}
          optional={props.field.optional}
        />
      </Match>
      <Match when={input() === 'list'}>
        <FlowInput pointer={props.pointer} kind="list" />
      </Match>
      <Match when={input() === 'switch'}>
        <SwitchInput pointer={props.pointer} />
      </Match>
    </Switch>
  )
}
