import { Show } from 'solid-js'
import type { Experiment, Tuning } from '../../client/client.ts'
import { refusal } from '../../domain/action-rules.ts'
import { ProblemNote } from '../parts/problem-note.tsx'
import { createActions } from '../state/action-store.ts'
import { may } from '../state/session.ts'

/** Run an experiment again, or take it out of the competition. */
export function ExperimentActions(props: { tuning: Tuning; experiment: Experiment; onActed: () => void }) {
  const actions = createActions(
    () => props.tuning.id,
    () => props.onActed(),
  )
  const given = () => ({ experiment: props.experiment.number })
  const offered = () => may('operator') && props.experiment.state !== 'running'

  return (
    <>
      <Show when={offered() && refusal('rerun', props.tuning.state) === null}>
        <button
          type="button"
          class="small"
          title="Measure it again, in place of this one"
          disabled={actions.busy()}
          onClick={() => void actions.act('rerun', given())}
        >
          Run again
        </button>
      </Show>
      <Show
        when={
          offered() && props.experiment.kind !== 'baseline' && refusal('exclude', props.tuning.state) === null
        }
      >
        <button
          type="button"
          class="small"
          disabled={actions.busy()}
          onClick={() => void actions.act('exclude', { ...given(), excluded: !props.experiment.excluded })}
        >
          {props.experiment.excluded ? 'Take in again' : 'Exclude'}
        </button>
      </Show>
      <ProblemNote error={actions.error()} />
    </>
  )
}
