import { Show } from 'solid-js'
import type { Fleet } from '../../client/client.ts'
import { ExperimentLink } from '../parts/experiment-link.tsx'

/** The experiment that holds a device or waits; of a project that one is not in, that project. */
export function ExperimentOf(props: {
  entry: Pick<Fleet['held'][number], 'project' | 'tuningId' | 'number'>
  names: Record<string, string>
}) {
  return (
    <Show when={props.entry.tuningId} fallback={<>project {props.entry.project}</>}>
      {(tuningId) => (
        <ExperimentLink
          tuningId={tuningId()}
          name={props.names[tuningId()] ?? tuningId()}
          number={props.entry.number ?? 0}
        />
      )}
    </Show>
  )
}
