import { Show } from 'solid-js'
import type { Schedule } from '../../client/client.ts'
import { DeleteButton } from '../parts/delete-button.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { answer, api, done } from '../state/api.ts'
import { createAsk } from '../state/ask.ts'
import { may } from '../state/session.ts'

/** What can be done with a schedule. */
export function ScheduleActions(props: {
  schedule: Schedule
  changed: () => Promise<void>
  deleted: () => void
}) {
  const { busy, error, ask } = createAsk()
  const params = () => ({ path: { id: props.schedule.id } })
  const operate = async (operation: 'pause' | 'resume' | 'run') => {
    await answer(api.POST(`/api/v1/schedules/{id}/${operation}`, { params: params() }))
    await props.changed()
  }
  const remove = async () => {
    await done(api.DELETE('/api/v1/schedules/{id}', { params: params() }))
    props.deleted()
  }

  return (
    <Show when={may('operator')}>
      <span class="row tight">
        <Show when={props.schedule.state !== 'missing'}>
          <button
            type="button"
            class="small"
            disabled={busy()}
            aria-label={`Run now: ${props.schedule.name}`}
            onClick={() => void ask(() => operate('run'))}
          >
            Run now
          </button>
          <button
            type="button"
            class="small"
            disabled={busy()}
            aria-label={`${props.schedule.state === 'paused' ? 'Resume' : 'Pause'} ${props.schedule.name}`}
            onClick={() => void ask(() => operate(props.schedule.state === 'paused' ? 'resume' : 'pause'))}
          >
            {props.schedule.state === 'paused' ? 'Resume' : 'Pause'}
          </button>
        </Show>
        <DeleteButton name={`schedule ${props.schedule.name}`} remove={remove} />
      </span>
      <ProblemNote error={error()} />
    </Show>
  )
}
