import type { ParentProps } from 'solid-js'
import { ProblemNote } from '../parts/problem-note.tsx'

/** A form of one line, and below it what went wrong. */
export function SmallForm(props: ParentProps<{ submit: () => void; error: unknown }>) {
  return (
    <form
      novalidate
      onSubmit={(event) => {
        event.preventDefault()
        props.submit()
      }}
    >
      <div class="row">{props.children}</div>
      <ProblemNote error={props.error} />
    </form>
  )
}
