import { CopyButton } from './copy-button.tsx'

/** A command line with a button that copies it. */
export function CommandLine(props: { command: string; label: string }) {
  return (
    <div class="command">
      <pre tabindex="0" aria-label={props.label}>
        <code>{props.command}</code>
      </pre>
      <CopyButton text={props.command} label={`Copy: ${props.label}`} />
    </div>
  )
}
