import type { ParentProps } from 'solid-js'
import { CommandLine } from './command-line.tsx'

/** A secret that is shown only now, to be copied; the children say what it is for. */
export function Secret(props: ParentProps<{ secret: string; label: string }>) {
  return (
    <div class="secret" role="status">
      <p>{props.children}</p>
      <CommandLine command={props.secret} label={props.label} />
    </div>
  )
}
