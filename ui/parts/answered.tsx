import { Match, Switch, type JSX, type Resource } from 'solid-js'
import { failure, settled } from '../state/settled.ts'
import { Retry } from './retry.tsx'
import { Skeleton } from './skeleton.tsx'

/** What was asked for once, when it is answered; until then its skeleton, or why there is no answer and a way to ask again. */
export function Answered<Data>(props: {
  asked: Resource<Data>
  again: () => unknown
  lines?: number
  children: (data: () => NonNullable<Data>) => JSX.Element
}) {
  return (
    <Switch fallback={<Skeleton lines={props.lines ?? 1} />}>
      <Match when={props.asked.state === 'errored'}>
        <Retry error={failure(props.asked)} retry={() => void props.again()} />
      </Match>
      <Match when={settled(props.asked)}>{(data) => props.children(data)}</Match>
    </Switch>
  )
}
