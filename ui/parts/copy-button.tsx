import { createSignal, onCleanup } from 'solid-js'

/** Copies a text; says that it did. */
export function CopyButton(props: { text: string; label: string }) {
  const [told, setTold] = createSignal<string | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  onCleanup(() => clearTimeout(timer))

  const tell = (text: string) => {
    setTold(text)
    clearTimeout(timer)
    timer = setTimeout(() => setTold(null), 2000)
  }
  const copy = () => {
    // Without a secure context there is no clipboard: the text can still be selected.
    const copied = window.isSecureContext
      ? navigator.clipboard.writeText(props.text)
      : Promise.reject(new Error())
    copied.then(
      () => tell('Copied'),
      () => tell('Select and copy by hand'),
    )
  }

  return (
    <button type="button" class="small" aria-label={props.label} aria-live="polite" onClick={copy}>
      {told() ?? 'Copy'}
    </button>
  )
}
