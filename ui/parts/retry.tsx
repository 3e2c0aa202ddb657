import { ProblemNote } from './problem-note.tsx'

/** Says why a part of a page could not be loaded, with a button that tries again. */
export function Retry(props: { error: unknown; retry: () => void }) {
  return (
    <div class="row">
      <ProblemNote error={props.error} />
      <button type="button" class="small" onClick={() => props.retry()}>
        Try again
      </button>
    </div>
  )
}
