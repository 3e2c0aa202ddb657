import type { Accessor } from 'solid-js'
import { refusal, type ActionName } from '../../domain/action-rules.ts'
import type { TuningState } from '../../domain/tuning-state.ts'
import { answer, api, isUnanswered } from './api.ts'
import { createAsk, type Ask } from './ask.ts'

/** Whether an action is offered: the API takes a second cancel, but there is nothing to offer in it. */
export function isOffered(action: ActionName, state: TuningState): boolean {
  return refusal(action, state) === null && !(action === 'cancel' && state === 'cancelling')
}

export interface ActionStore extends Pick<Ask, 'busy' | 'error'> {
  /** Takes back that nothing answered: there is a sign of life. */
  hear: () => void
  /** Asks for an action; true when it was taken. What it changes comes with the events. */
  act: (action: ActionName, given?: Record<string, unknown>) => Promise<boolean>
}

/** Asks for actions on a tuning; `onActed` hears of each that was taken. */
export function createActions(id: Accessor<string>, onActed: () => void): ActionStore {
  const { busy, error, forget, ask } = createAsk()
  return {
    busy,
    error,
    hear() {
      if (isUnanswered(error())) forget()
    },
    act: (action, given = {}) =>
      ask(async () => {
        const params = { path: { id: id() } }
        await answer(api.POST(`/api/v1/tunings/{id}/${action}`, { params, body: { by: 'ui', ...given } }))
        onActed()
      }),
  }
}
