import { fullTime, moment } from '../words/times.ts'

/** When something was or will be; the full time is in the title. */
export function TimeOf(props: { at: string; now: number }) {
  return (
    <time datetime={props.at} title={fullTime(props.at)}>
      {moment(props.at, props.now)}
    </time>
  )
}
