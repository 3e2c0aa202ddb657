import { For } from 'solid-js'
import type { Experiment } from '../../client/client.ts'

const STAGES = ['waiting', 'starting', 'loading', 'warming', 'measuring', 'recording', 'stopping'] as const

/** The stages of an experiment, with the present one marked. */
export function StageSteps(props: { stage: Experiment['stage'] }) {
  const position = () => STAGES.findIndex((stage) => stage === props.stage)
  return (
    <ol class="stages" aria-label="Stages">
      <For each={STAGES}>
        {(stage, index) => (
          <li
            classList={{ past: index() < position(), present: index() === position() }}
            aria-current={index() === position() ? 'step' : undefined}
          >
            {stage}
          </li>
        )}
      </For>
    </ol>
  )
}
