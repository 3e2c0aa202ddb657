import { A } from '@solidjs/router'

/** Leads to an experiment of a tuning. */
export function ExperimentLink(props: { tuningId: string; name: string; number: number }) {
  return (
    <>
      <A href={`/tunings/${props.tuningId}`}>{props.name}</A>,{' '}
      <A href={`/tunings/${props.tuningId}/experiments/${props.number}`}>experiment {props.number}</A>
    </>
  )
}
