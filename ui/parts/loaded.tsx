import { Match, Switch, type JSX } from 'solid-js'
import type { Followed } from '../state/followed.ts'
import { LoadError } from './load-error.tsx'
import { ProblemNote } from './problem-note.tsx'
import { Skeleton } from './skeleton.tsx'

/** What is followed, once it is loaded; until then its skeleton, or why it cannot be read. */
export function Loaded<Data>(props: {
  store: Followed<Data>
  lines: number
  children: (data: () => NonNullable<Data>) => JSX.Element
}) {
  return (
    <Switch fallback={<Skeleton lines={props.lines} />}>
      <Match when={props.store.data()}>
        {(data) => (
          <>
            <ProblemNote error={props.store.error()} />
            {props.children(data)}
          </>
        )}
      </Match>
      <Match when={props.store.error()}>
        {(error) => <LoadError error={error()} retry={() => void props.store.reload()} />}
      </Match>
    </Switch>
  )
}
