import { ago, fullTime } from '../words/times.ts'

/** How long ago something was; the full time is in the title. */
export function TimeAgo(props: { at: string; now: number }) {
  return (
    <time datetime={props.at} title={fullTime(props.at)}>
      {ago(props.at, props.now)}
    </time>
  )
}
