import { createSignal, Show } from 'solid-js'
import { refusal } from '../../domain/action.ts'
import type { TuningState } from '../../domain/tuning.ts'
import { ProblemNote } from '../parts/problem-note.tsx'
import { answer, api } from '../state/api.ts'

type SimpleAction = 'pause' | 'resume' | 'finish' | 'cancel'

/** Pause, resume, finish now and cancel; the outcome comes with the events. */
export function TuningActions(props: { id: string; state: TuningState }) {
  const [asking, setAsking] = createSignal(false)
  const [reason, setReason] = createSignal('')
  const [busy, setBusy] = createSignal(false)
  const [error, setError] = createSignal<unknown>(null)
  const possible = (action: SimpleAction) => refusal(action, props.state) === null

  const act = async (action: SimpleAction) => {
    setBusy(true)
    setError(null)
    try {
      await answer(
        api.POST(`/api/v1/tunings/{id}/${action}`, {
          params: { path: { id: props.id } },
          body: { by: 'ui', reason: reason().trim() || null },
        }),
      )
      setAsking(false)
    } catch (problem) {
      setError(() => problem)
    } finally {
      setBusy(false)
    }
  }

  return (
    <div class="actions">
      <Show
        when={asking()}
        fallback={
          <div class="row tight">
            <Show when={possible('pause')}>
              <button type="button" disabled={busy()} onClick={() => void act('pause')}>
                Pause
              </button>
            </Show>
            <Show when={possible('resume')}>
              <button type="button" class="primary" disabled={busy()} onClick={() => void act('resume')}>
                Resume
              </button>
            </Show>
            <Show when={props.state === 'running' && possible('finish')}>
              <button
                type="button"
                disabled={busy()}
                title="End the search, confirm the best so far and report"
                onClick={() => void act('finish')}
              >
                Finish now
              </button>
            </Show>
            <Show when={possible('cancel') && props.state !== 'cancelling'}>
              <button type="button" disabled={busy()} onClick={() => setAsking(true)}>
                Cancel…
              </button>
            </Show>
          </div>
        }
      >
        <form
          class="row tight"
          onSubmit={(event) => {
            event.preventDefault()
            void act('cancel')
          }}
        >
          <label class="inline">
            <span>Stop this tuning? Reason (optional)</span>
            <input
              type="text"
              maxlength="500"
              value={reason()}
              ref={(input) => queueMicrotask(() => input.focus())}
              onInput={(event) => setReason(event.currentTarget.value)}
            />
          </label>
          <button type="submit" class="danger" disabled={busy()}>
            Stop tuning
          </button>
          <button type="button" onClick={() => setAsking(false)}>
            Go on
          </button>
        </form>
      </Show>
      <ProblemNote error={error()} />
    </div>
  )
}
