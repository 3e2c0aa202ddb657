import { splitProps, type JSX } from 'solid-js'

/** An input beside its label, in a line of a small form. */
export function InlineInput(
  props: Omit<JSX.InputHTMLAttributes<HTMLInputElement>, 'onInput'> & {
    label: string
    value: string
    change: (value: string) => void
    /** It is focused when the form is opened. */
    first?: boolean
    grow?: boolean
  },
) {
  const [mine, input] = splitProps(props, ['label', 'change', 'first', 'grow'])
  return (
    <label class="inline" classList={{ grow: mine.grow === true }}>
      <span>{mine.label}</span>
      <input
        type="text"
        {...input}
        ref={(element) => {
          if (mine.first === true) queueMicrotask(() => element.focus())
        }}
        onInput={(event) => mine.change(event.currentTarget.value)}
      />
    </label>
  )
}
