import { createEffect, createSignal, For, splitProps, type JSX } from 'solid-js'
import { flowText, readFlow } from '../state/flow-text.ts'
import { fieldId, numberFrom, textOf, type Json } from '../state/request-draft.ts'
import { useInvalid } from './field.tsx'
import { useRequest } from './request-context.tsx'

interface Place {
  pointer: string
  /** A name for inputs without a visible label. */
  label?: string
}

/** What every line of text at a place of the request has. */
function LineInput(props: Place & JSX.InputHTMLAttributes<HTMLInputElement>) {
  const [place, input] = splitProps(props, ['pointer', 'label'])
  const invalid = useInvalid(() => place.pointer, true)
  return (
    <input
      type="text"
      id={fieldId(place.pointer)}
      aria-label={place.label}
      aria-invalid={invalid()}
      spellcheck={false}
      autocomplete="off"
      {...input}
    />
  )
}

/** A line of text at a place of the request. */
export function TextInput(props: Place & { placeholder?: string; list?: string; optional?: boolean }) {
  const request = useRequest()
  return (
    <LineInput
      pointer={props.pointer}
      label={props.label}
      placeholder={props.placeholder}
      list={props.list}
      value={textOf(request.read(props.pointer))}
      onInput={(event) => {
        const text = event.currentTarget.value
        request.write(props.pointer, text === '' && props.optional === true ? undefined : text)
      }}
    />
  )
}

/** A number at a place of the request; a placeholder says what is taken where it is left empty. */
export function NumberInput(props: Place & { min?: number; step?: number | 'any'; placeholder?: string }) {
  const request = useRequest()
  const invalid = useInvalid(() => props.pointer)
  let input!: HTMLInputElement
  const typed = () => numberFrom(input.value, props.placeholder !== undefined)
  // What is half typed reads as less ("0." as 0), and stays as it is: written anew, it would lose its end.
  createEffect(() => {
    const text = textOf(request.read(props.pointer))
    if (textOf(typed()) !== text) input.value = text
  })
  return (
    <input
      ref={input}
      type="number"
      id={fieldId(props.pointer)}
      aria-label={props.label}
      aria-invalid={invalid()}
      min={props.min}
      step={props.step ?? 1}
      placeholder={props.placeholder}
      onInput={() => request.write(props.pointer, typed())}
    />
  )
}

interface Option {
  value: string
  text: string
}

/** More values than these are listed when somebody is about to choose: in every row of a table they would be most of the page. */
const LISTED_AT_ONCE = 20

/** One of several values, with a value of none of them first. */
export function Choice(
  props: { options: Option[]; value: string } & Omit<JSX.SelectHTMLAttributes<HTMLSelectElement>, 'value'>,
) {
  const [own, select] = splitProps(props, ['options', 'value'])
  const [isOpening, setOpening] = createSignal(false)
  const open = () => setOpening(true)
  const listed = () => {
    const all = own.options
    const chosen = all.find(({ value }) => value === own.value) ?? {
      value: own.value,
      text: own.value === '' ? 'choose' : own.value,
    }
    if (all.length > LISTED_AT_ONCE && !isOpening()) return [chosen]
    return all.includes(chosen) ? all : [chosen, ...all]
  }
  return (
    <select {...select} onPointerDown={open} onFocus={open}>
      <For each={listed()}>
        {(option) => (
          <option value={option.value} selected={option.value === own.value}>
            {option.text}
          </option>
        )}
      </For>
    </select>
  )
}

/** One of several values at a place of the request. */
export function SelectInput(
  props: Place & {
    options: Option[]
    /** What is written; the value itself by default. */
    change?: (value: string) => void
    value?: string
  },
) {
  const request = useRequest()
  const invalid = useInvalid(() => props.pointer)
  return (
    <Choice
      id={fieldId(props.pointer)}
      aria-label={props.label}
      aria-invalid={invalid()}
      options={props.options}
      value={props.value ?? textOf(request.read(props.pointer))}
      onChange={(event) => {
        const chosen = event.currentTarget.value
        if (props.change === undefined) request.write(props.pointer, chosen)
        else props.change(chosen)
      }}
    />
  )
}

/** Whether something is done, at a place of the request; it is where nothing is said. */
export function SwitchInput(props: Place) {
  const request = useRequest()
  return (
    <SelectInput
      pointer={props.pointer}
      value={request.read(props.pointer) === false ? 'false' : 'true'}
      change={(value) => request.write(props.pointer, value === 'true')}
      options={[
        { value: 'true', text: 'yes' },
        { value: 'false', text: 'no' },
      ]}
    />
  )
}

/** A value written as YAML in one line, without its outer brackets: `a, b` for a list, `a: 1, b: 2` for a mapping. */
export function FlowInput(props: Place & { kind: 'list' | 'mapping'; placeholder?: string }) {
  const request = useRequest()
  return (
    <LineInput
      pointer={props.pointer}
      label={props.label}
      placeholder={props.placeholder}
      value={flowText(request.read(props.pointer))}
      onChange={(event) => {
        const { pointer, kind } = props
        const write = (value: Json | undefined) => request.write(pointer, value)
        void readFlow(event.currentTarget.value, kind).then(write)
      }}
    />
  )
}
